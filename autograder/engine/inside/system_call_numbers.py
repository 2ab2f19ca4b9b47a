"""The system calls that a notebook may make, by their numbers on x86-64 and on 64-bit ARM.

Each entry is `name:number on x86-64:number on ARM`, with a dash where there is none. What is not listed is refused: it
asks the kernel about others (which pages are in memory, who holds a lock), lets processes meet past their namespaces
(keys, vsock, memory shared by number), uses up what all share, or is a way into the kernel with a history of holes.
The numbers are those of the kernel's `unistd.h`.
"""

PLAIN = """
# What is read and written
read:0:63 write:1:64 close:3:57 fstat:5:80 lseek:8:62 pread64:17:67 pwrite64:18:68 readv:19:65 writev:20:66
preadv:295:69 pwritev:296:70 sendfile:40:71 copy_file_range:326:285 dup:32:23 dup2:33:- dup3:292:24 pipe:22:-
pipe2:293:59 fsync:74:82 fdatasync:75:83 truncate:76:45 ftruncate:77:46 fallocate:285:47 close_range:436:436
# Files and folders by name
open:2:- openat:257:56 creat:85:- access:21:- faccessat:269:48 faccessat2:439:439 stat:4:- lstat:6:-
newfstatat:262:79 statx:332:291 statfs:137:43 fstatfs:138:44 getdents:78:- getdents64:217:61 getcwd:79:17
chdir:80:49 fchdir:81:50 rename:82:- renameat:264:38 renameat2:316:276 mkdir:83:- mkdirat:258:34 rmdir:84:-
link:86:- linkat:265:37 unlink:87:- unlinkat:263:35 symlink:88:- symlinkat:266:36 readlink:89:- readlinkat:267:78
chmod:90:- fchmod:91:52 fchmodat:268:53 chown:92:- fchown:93:55 lchown:94:- fchownat:260:54 umask:95:166 mknod:133:-
mknodat:259:33 utime:132:- utimes:235:- futimesat:261:- utimensat:280:88
# Memory
mprotect:10:226 munmap:11:215 brk:12:214 mremap:25:216 msync:26:227
# Waiting for something
select:23:- pselect6:270:72 poll:7:- ppoll:271:73 epoll_create:213:- epoll_create1:291:20 epoll_ctl:233:21
epoll_wait:232:- epoll_pwait:281:22 epoll_pwait2:441:441 eventfd:284:- eventfd2:290:19 signalfd:282:-
signalfd4:289:74 timerfd_create:283:85 timerfd_settime:286:86 timerfd_gettime:287:87 futex:202:98
futex_waitv:449:449 set_robust_list:273:99 get_robust_list:274:100 membarrier:324:283 rseq:334:293
# Signals
rt_sigaction:13:134 rt_sigprocmask:14:135 rt_sigreturn:15:139 rt_sigpending:127:136 rt_sigtimedwait:128:137
rt_sigqueueinfo:129:138 rt_sigsuspend:130:133 rt_tgsigqueueinfo:297:240 sigaltstack:131:132 kill:62:129
tkill:200:130 tgkill:234:131 pidfd_open:434:434 pidfd_send_signal:424:424 restart_syscall:219:128 pause:34:-
# Sockets
socketpair:53:199 connect:42:203 accept:43:202 accept4:288:242 sendto:44:206 recvfrom:45:207 sendmsg:46:211
recvmsg:47:212 sendmmsg:307:269 recvmmsg:299:243 shutdown:48:210 bind:49:200 listen:50:201 getsockname:51:204
getpeername:52:205 setsockopt:54:208 getsockopt:55:209
# Processes
fork:57:- vfork:58:- execve:59:221 execveat:322:281 exit:60:93 exit_group:231:94 wait4:61:260 waitid:247:95
set_tid_address:218:96 arch_prctl:158:- getpid:39:172 getppid:110:173 gettid:186:178 getuid:102:174 geteuid:107:175
getgid:104:176 getegid:108:177 getgroups:115:158 getresuid:118:148 getresgid:120:150 getpgid:121:155 getpgrp:111:-
setpgid:109:154 getsid:124:156 setsid:112:157 capget:125:90 uname:63:160
# Shares of the machine
getrlimit:97:163 setrlimit:160:164 prlimit64:302:261 getrusage:98:165 times:100:153 getpriority:140:141
setpriority:141:140 sched_yield:24:124 sched_getaffinity:204:123 sched_getparam:143:121
sched_getscheduler:145:120 sched_get_priority_max:146:125 sched_get_priority_min:147:126 getcpu:309:168
getrandom:318:278
# Time
gettimeofday:96:169 time:201:- clock_gettime:228:113 clock_getres:229:114 clock_nanosleep:230:115 nanosleep:35:101
alarm:37:- getitimer:36:102 setitimer:38:103 timer_create:222:107 timer_settime:223:110 timer_gettime:224:108
timer_getoverrun:225:109 timer_delete:226:111
"""

# Those that may be made with some arguments only.
CHECKED = """
mmap:9:222 madvise:28:233 fcntl:72:25 ioctl:16:29 socket:41:198 prctl:157:167 clone:56:220
"""

# Those for which an honest program has another way if the kernel does not know them: clone3 for clone.
UNKNOWN = "clone3:435:435"

# Extended attributes, which no file system in the sandbox has to have: from the first of them to the last.
ATTRIBUTES = "setxattr:188:5 fremovexattr:199:16"
NEWEST = 450  # calls with larger numbers are as unknown as they are to an older kernel


def numbers(entries: str, machine: str) -> dict[str, int]:
    """Return the numbers of calls on a machine, `x86_64` or `aarch64`, by their names."""
    found = {}
    for entry in " ".join(line for line in entries.splitlines() if not line.startswith("#")).split():
        name, *known = entry.split(":")
        number = known[("x86_64", "aarch64").index(machine)]
        if number != "-":
            found[name] = int(number)
    return found

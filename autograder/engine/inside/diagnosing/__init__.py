"""What is wrong with a student's function: it is called on inputs of its own, and compared with known mistakes.

`diagnose` answers a request: `bank` is what a bank of misconceptions is written with, `functions` makes functions of
it, `strategies` and `examples` draw inputs and shrink them, `questions` are inputs with what is right for them,
`calls` calls, `outcomes` says what came of it.
`examination` compares the student's function with what the bank knows; `ladder` and `relations` say what is wrong
where it knows nothing, and `shown` writes values as Python text.
"""

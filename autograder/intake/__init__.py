"""From a folder that somebody handed in to cells that lie beside the assignment's."""

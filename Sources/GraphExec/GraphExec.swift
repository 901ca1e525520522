// GraphExec

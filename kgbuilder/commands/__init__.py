"""commands: what each word of the command line does: call, print, say what was refused."""

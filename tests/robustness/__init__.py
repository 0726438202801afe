"""Load and faults for a real stack, and the proof that nothing was lost: shared by the chaos test and the soak.

journal.py    what every client was promised, and the audit of what is there against it
plan.py       which process is struck when and how: a function of the seed
strikes.py    finds the processes of a stack and strikes them
writers/      clients that write through the real drivers and keep a journal
processes.py  the processes of a stack and what they use
churn.py      the mixed load of the soak
leaks.py      judges the samples of a soak
"""

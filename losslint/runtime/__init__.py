"""The runtime observer: watches the losses that a program computes, and hands them to the same judge."""

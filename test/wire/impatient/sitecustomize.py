"""Loaded by every Python that the tests start: waiters ask again soon, and not at AWS's pace of 5 to 30 seconds."""
import time

sleep = time.sleep
time.sleep = lambda seconds: sleep(min(seconds, 0.1))

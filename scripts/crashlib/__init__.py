"""What the crash procedures share; see scripts/crash.py."""

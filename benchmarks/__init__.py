"""What the line costs, each figure with a baseline that was measured beside it in the same minute.

One file a benchmark. Run them by `scripts/bench`; `scripts/bench --list` says what there is.
"""

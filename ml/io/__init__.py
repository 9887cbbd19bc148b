"""Files in and out: readers of data sets, the workspace of a run, descriptions."""

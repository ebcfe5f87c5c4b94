"""What experiments found: a block of the result, a section of every report, and figures; a file each."""

#!/usr/bin/env python3
"""Kind `word_count`: counts the words of a text file. taskproc serve --exec word_count=examples/word_count.py

The payload comes as JSON on stdin, the result goes as JSON to stdout, and what is said on stderr is kept with the task.
"""

import collections
import json
import os
import re
import sys

payload = json.load(sys.stdin)
print(f"task {os.environ['TASKPROC_TASK_ID']}, attempt {os.environ['TASKPROC_ATTEMPT']}", file=sys.stderr)

words = collections.Counter()
try:
    with open(payload["file"], encoding="utf-8") as text:
        for line in text:
            words.update(re.findall(r"\w+", line.lower()))
except FileNotFoundError as error:
    print(error, file=sys.stderr)
    sys.exit(75)  # It may come yet: try again.
except (KeyError, TypeError, UnicodeDecodeError) as error:
    print(f"cannot count this: {error!r}", file=sys.stderr)
    sys.exit(65)  # It never will: no further attempt.

json.dump({"words": sum(words.values()), "most_common": words.most_common(3)}, sys.stdout)

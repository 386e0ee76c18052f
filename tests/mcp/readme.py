"""Runs the README's Python examples as they stand there, against the server at CUECARD_URL. Each must end well and say something."""

import pathlib
import re
import subprocess
import sys

examples = re.findall(r"^```python\n(.*?)^```$", pathlib.Path("README.md").read_text(), re.DOTALL | re.MULTILINE)
assert len(examples) == 2, f"README.md has {len(examples)} Python examples, not 2"
for number, example in enumerate(examples, 1):
    ran = subprocess.run([sys.executable, "-c", example], capture_output=True, text=True, timeout=60)
    assert ran.returncode == 0, f"Python example {number} of README.md:\n{ran.stdout}{ran.stderr}"
    assert "early-termination-fee" in ran.stdout, f"Python example {number} of README.md found nothing:\n{ran.stdout}"
print(f"README.md: {len(examples)} Python examples run")

"""Runs the documents' Python examples as they stand there, against the server at CUECARD_URL. Each must end well and say something."""

import pathlib
import re
import subprocess
import sys

documents = "".join(pathlib.Path(path).read_text() for path in ["README.md", "docs/integrate.md", "docs/agents.md"])
examples = re.findall(r"^```python\n(.*?)^```$", documents, re.DOTALL | re.MULTILINE)
assert len(examples) == 2, f"the documents have {len(examples)} Python examples, not 2"
for number, example in enumerate(examples, 1):
    ran = subprocess.run([sys.executable, "-c", example], capture_output=True, text=True, timeout=60)
    assert ran.returncode == 0, f"Python example {number} of the documents:\n{ran.stdout}{ran.stderr}"
    assert "early-termination-fee" in ran.stdout, f"Python example {number} of the documents found nothing:\n{ran.stdout}"
print(f"README.md, docs: {len(examples)} Python examples run")

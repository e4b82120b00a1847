"""A folder of films to a table: `python examples/03_folder_to_table.py FOLDER OUT`."""

import csv
import subprocess
import sys
from pathlib import Path

folder, out = Path(sys.argv[1]), Path(sys.argv[2])
command = [sys.executable, "-m", "pleura", "predict", str(folder), "--out", str(out), "--formats", "json"]
code = subprocess.run(command, stdout=subprocess.DEVNULL, check=False).returncode
if code == 1:
    sys.exit(code)
with (out / "results.csv").open(newline="") as table:
    for row in csv.DictReader(table):
        said = row["status"] if row["status"] != "read" else f"{float(row['probability']):.2f}"
        print(f"{said:>14}  {row['sides'] or '-':12}  {Path(row['file']).name}")

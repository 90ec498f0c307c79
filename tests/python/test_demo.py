"""The demonstration of the README ends by itself, rejects nothing and labels synthetic data."""

import csv
import subprocess

SOUTHWARK = "E09000028"


def test_the_demonstration(binary, root, tmp_path):
    command = [binary, "demo", "--once", "--data-dir", tmp_path / "demo", "--scale", "10"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert "; 0 rows were rejected." in done.stdout
    assert done.stdout.count("SYNTHETIC") >= 4

    # Knife crime in Southwark over the last twelve months is the sum of the published months.
    with (root / "seeds" / "figures" / "mps.crime-dashboard.csv").open(newline="") as file:
        rows = [
            row
            for row in csv.DictReader(file)
            if row["measure"] == "knife-crime-offences" and row["area"] == SOUTHWARK and not row["breakdown"]
        ]
    months = sorted((row["period"], float(row["numerator"])) for row in rows)[-12:]
    (line,) = [line for line in done.stdout.splitlines() if line.strip().startswith("Southwark ")]
    assert int(line.split()[1].replace(",", "")) == sum(count for _, count in months)

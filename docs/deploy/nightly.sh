#!/usr/bin/env bash
# Checks a file and submits it, as a nightly job does: nightly.sh FILE DATASET AGENCY [PERIOD]
#
# Without a period it is the month before this one. PEELIAN_SERVER, PEELIAN_CA and PEELIAN_TOKEN_FILE say where the exchange is
# and who submits. What it prints is for people; the exit code is that of the command.
set -uo pipefail
if (($# < 3)); then
    echo "usage: $0 FILE DATASET AGENCY [PERIOD]" >&2
    exit 2
fi
file=$1 dataset=$2 agency=$3
period=${4:-$(date --date="$(date +%Y-%m-01) -1 day" +%Y-%m)}

peelian submit "$file" --dataset "$dataset" --agency "$agency" --period "$period"
status=$?
case $status in
    0) ;;
    1) echo "$file: submitted, and rows with errors are left out. Correct them, and submit the file again." ;;
    2) echo "$file: the job is not set up as it must be." ;;
    3) echo "$file: refused. Nothing is stored, and what was held before stays." ;;
    4) echo "$file: no exchange answers. It is tried again tomorrow; a file that was stored counts once." ;;
    *) echo "$file: ended with $status." ;;
esac
exit "$status"

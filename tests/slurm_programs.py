"""Programs in place of Slurm's, which run the tasks on this machine."""

import os
from pathlib import Path

# Its options are written to a file; the command after them is run with Slurm's variables. Within a
# job there is one task.
_SRUN = """
options=()
while [[ $1 == --* ]]; do
    options+=("$1")
    [[ $1 == --ntasks=* ]] && tasks=${1#*=}
    # Those of submitit are followed by their values.
    [[ $1 == --output || $1 == --error ]] && shift
    shift
done
[[ -n ${NOTED:-} ]] && echo "${options[@]}" > "$NOTED"
pids=()
for ((task = 0; task < ${tasks:-1}; task++)); do
    SLURM_PROCID=$task SLURM_LOCALID=$task SLURM_NTASKS=${tasks:-1} SLURM_NODELIST=here "$@" &
    pids+=($!)
done
for pid in "${pids[@]}"; do wait "$pid"; done
"""
# Starts the jobs of an array, or a single one, and notes the state of each.
_SBATCH = """
states=$(dirname "$0")/states
mkdir -p "$states"
id=$((1 + $(ls "$states" | wc -l)))
tasks=$(sed -n 's/^#SBATCH --array=0-\\([0-9]*\\).*/\\1/p' "$1")
for task in $(if [[ -n $tasks ]]; then seq 0 "$tasks"; else echo single; fi); do
    name=$id
    if [[ $task != single ]]; then
        name=${id}_$task
        export SLURM_ARRAY_JOB_ID=$id SLURM_ARRAY_TASK_ID=$task
    fi
    echo RUNNING > "$states/$name"
    (
        export SLURM_JOB_ID=$id SLURM_JOB_NUM_NODES=1 SLURM_NODEID=0 SLURM_JOB_NODELIST=here
        if bash "$1"; then echo COMPLETED; else echo FAILED; fi > "$states/$name.new"
        mv "$states/$name.new" "$states/$name"
    ) > /dev/null 2>&1 &
done
echo "Submitted batch job $id"
"""
_SACCT = """
cd "$(dirname "$0")/states"
echo "JobID|State|NodeList"
for name in *; do echo "$name|$(cat "$name")|here"; done
"""
_SCONTROL = "echo 127.0.0.1\n"


def install(folder: Path) -> str:
    """Write the programs to a folder; return the value of ``PATH`` with which they are found."""
    folder.mkdir()
    programs = dict(srun=_SRUN, sbatch=_SBATCH, sacct=_SACCT, scontrol=_SCONTROL, scancel="true\n")
    for name, text in programs.items():
        (folder / name).write_text("#!/usr/bin/env bash\nset -euo pipefail\n" + text)
        (folder / name).chmod(0o755)
    return f"{folder}:{os.environ['PATH']}"

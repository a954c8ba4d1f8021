#!/usr/bin/env bash
# train-parallel.sh FILE...: trains experiments side by side, JOBS at a time with one thread each, in processes of their own.
# With GNU parallel trainings.log has the time and exit status of each, else with xargs the exit status is 123 if one failed.
jobs=${JOBS:-2}
train=(nnrun train --quiet --if-needed --threads 1)
if parallel --version 2> /dev/null | grep -q "GNU parallel"; then
  parallel --jobs "$jobs" --joblog trainings.log "${train[@]}" {} ::: "$@"
else
  printf '%s\0' "$@" | xargs -0 -n 1 -P "$jobs" "${train[@]}"
fi

#!/usr/bin/env bash
# train-each.sh FILE...: trains one experiment after another, each that has no finished run, and says what came of it.
# The exit status is the highest of all.
worst=0
for file in "$@"; do
  folder=$(nnrun train --quiet --if-needed "$file")
  status=$?
  case $status in
    0) echo "passed    $file  $folder" ;;
    1) echo "FAILED    $file  $folder" ;; # an expectation
    2) echo "INVALID   $file" ;;          # nnrun check says it without training
    3) echo "DIVERGED  $file" ;;
    64 | 130 | 143) exit "$status" ;;     # a wrong command line, or interrupted: the other files have no chance
    *) echo "ERROR $status  $file" ;;
  esac
  ((status > worst)) && worst=$status
done
exit "$worst"

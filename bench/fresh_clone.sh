#!/usr/bin/env bash
# Both commands of the README, in a new clone with a new virtual environment each, and how long each took.
set -euo pipefail
cd "$(dirname "$0")/.."

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

commands() { grep -oE 'python3 -m venv \.venv && \.venv/bin/pip install -q .*' README.md; }
[ "$(commands | wc -l)" = 2 ] || { echo "README.md does not have two commands that begin with python3 -m venv .venv" >&2; exit 1; }

number=0
while IFS= read -r line; do
  number=$((number + 1))
  git clone -q . "$folder/$number"
  printf '== %s\n' "$line"
  began=$(date +%s.%N)
  (cd "$folder/$number" && bash -euo pipefail -c "$line") </dev/null
  awk -v began="$began" -v ended="$(date +%s.%N)" 'BEGIN {printf "== %.1f s\n\n", ended - began}'
done < <(commands)

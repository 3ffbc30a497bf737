#!/bin/sh
# The whole table of "Itemsets" in one run: builds, makes an environment with the peers, measures.
#
#     benches/basket.sh DATA [ENVIRONMENT]
#
# DATA has fimi/, groceries/ and online_retail/ (see basket.py). ENVIRONMENT is a folder with pyfim 6.28 and
# mlxtend 0.23.1, made if it is not there (default target/venv-basket). Run it on an idle machine.
set -eu
data=${1:?"name the folder with the data"}
here=$(dirname "$0")
environment=${2:-$here/../target/venv-basket}
[ -x "$environment/bin/python" ] || python3 -m venv "$environment"
"$environment/bin/python" -c 'import fim, mlxtend' 2>/dev/null ||
    "$environment/bin/pip" install --quiet pyfim==6.28 mlxtend==0.23.1
cd "$here/.."
target=${CARGO_TARGET_DIR:-target}
cargo build --release -p confect-analytics --example basket
exec "$environment/bin/python" benches/basket.py "$data" --program "$target/release/examples/basket" --rounds "${ROUNDS:-5}"

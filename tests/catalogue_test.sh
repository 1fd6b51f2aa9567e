#!/usr/bin/env bash
# Checks the catalogue of translations. It must have every text that the sources pass to Language,
# and no other text. No translation may be missing or fuzzy. Each translation must have the same
# arguments as the English text, in the same formats.
#
#   catalogue_test.sh ROOT
set -euo pipefail
source "$(dirname "$0")/checks.sh"
cd "$1"
catalogue=src/language/pt.po

# Each `--keyword=NAME:N` tells xgettext that argument N of the function NAME of Language is a text.
# In `count:2,3`, argument 2 is a singular and argument 3 its plural. `--keyword` without a name
# disables the default names of xgettext.
mapfile -t sources < <(grep -rlE 'Language|language_' src --include='*.cpp' --include='*.h' |
    grep -v '^src/language/')
xgettext --from-code=UTF-8 --language=C++ --keyword --keyword=text:1 --keyword=both:1 \
    --keyword=count:2,3 --add-location=file --output="$folder/sources.pot" "${sources[@]}"
texts=$(grep -c '^msgid ' "$folder/sources.pot")
[[ $texts -gt 150 ]] || report "xgettext found only $texts texts in the sources"

msgcmp "$catalogue" "$folder/sources.pot" || report "$catalogue: lacks translations"
msgmerge --quiet --no-fuzzy-matching --output-file="$folder/merged.po" "$catalogue" \
    "$folder/sources.pot"
! grep '^#~ msgid' "$folder/merged.po" >&2 || report "$catalogue: has texts that no source has"

msgfmt --check-format --check-domain --output-file="$folder/pt.mo" "$catalogue" || failed=1
# msgfmt compares only the names of the arguments. The script below also compares their formats.
msgcat --no-wrap "$catalogue" | perl -ne '
    sub arguments { join " ", sort $_[0] =~ /\{[^}]*\}/g }
    $one = $many = $1 if /^msgid "(.*)"/;
    $many = $1 if /^msgid_plural "(.*)"/;
    next unless /^msgstr(\[(\d)\])? "(.*)"/;
    $english = $2 ? $many : $one;
    next if arguments($english) eq arguments($3);
    print STDERR "$english: the arguments of \"$3\" differ\n";
    $differ = 1;
    END { exit $differ }' || failed=1
exit $failed

#!/usr/bin/env bash
# CMake 4.1.2 with Ninja 1.13.0: a source that embeds a file (`.incbin`) says so by the property OBJECT_DEPENDS, and a change of
# the file rebuilds its object. In a unity build one would expect the batch to inherit what its sources depend on, since CMake
# itself writes the batch from them. It does not: the property is dropped without a word, the build says "no work to do", and the
# program goes on with the old bytes. SKIP_UNITY_BUILD_INCLUSION on such sources brings the dependency back.
#
# Seen: alone: old then new; in a batch: old then old; kept out of the batch: old then new.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" -q install cmake==4.1.2 ninja==1.13.0
export PATH="$work/venv/bin:$PATH"
mkdir "$work/p" && cd "$work/p"
cat > CMakeLists.txt <<'EOF'
cmake_minimum_required(VERSION 3.25)
project(p CXX)
add_executable(p main.cpp embed.cpp)
set_source_files_properties(embed.cpp PROPERTIES OBJECT_DEPENDS "${CMAKE_SOURCE_DIR}/text.txt")
set_target_properties(p PROPERTIES UNITY_BUILD "${BATCH}")
if(APART)
  set_source_files_properties(embed.cpp PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
endif()
EOF
cat > embed.cpp <<'EOF'
__asm__(".section .rodata\n.globl text_begin\ntext_begin:\n.incbin \"text.txt\"\n.byte 0\n.text\n");
EOF
cat > main.cpp <<'EOF'
#include <cstdio>
extern "C" const char text_begin[];
int main() { std::puts(text_begin); }
EOF
twice() {  # CMake options: what the program says before and after its file changes
  printf old > text.txt
  rm -rf build
  cmake -G Ninja -S . -B build "$@" -DCMAKE_CXX_FLAGS="-I$PWD -Wa,-I$PWD" > /dev/null
  ninja -C build > /dev/null
  local before after
  before=$(build/p)
  sleep 1.1
  printf new > text.txt
  ninja -C build > /dev/null
  after=$(build/p)
  echo "$before $after"
}
alone=$(twice -DBATCH=OFF)
batch=$(twice -DBATCH=ON)
apart=$(twice -DBATCH=ON -DAPART=ON)
echo "alone: $alone; in a batch: $batch; kept out of the batch: $apart"
[ "$alone" = "old new" ] && [ "$batch" = "old old" ] && [ "$apart" = "old new" ]

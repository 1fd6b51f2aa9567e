# bench/instructions.cpp: the fixed run whose instructions scripts/instructions.sh counts. It links
# only core and wire, so that the counts contain nothing else. Not in the default target.

add_executable(instructions EXCLUDE_FROM_ALL ${CMAKE_SOURCE_DIR}/bench/instructions.cpp)
target_link_libraries(instructions PRIVATE paxos_wire paxos_core)

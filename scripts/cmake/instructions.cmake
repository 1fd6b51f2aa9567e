# bench/instructions.cpp: the fixed run whose instructions scripts/instructions.sh counts. core and wire are its only
# archives, so that nothing else is in the counts. Built by name only.

add_executable(instructions EXCLUDE_FROM_ALL ${CMAKE_SOURCE_DIR}/bench/instructions.cpp)
target_link_libraries(instructions PRIVATE paxos_wire paxos_core)

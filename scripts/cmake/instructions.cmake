# Builds bench/instructions.cpp, a program that executes a fixed workload. scripts/instructions.sh
# counts the instructions that this program executes. The program links only core and wire, so that
# no other library adds to the counts. The default target does not build the program.

add_executable(instructions EXCLUDE_FROM_ALL ${CMAKE_SOURCE_DIR}/bench/instructions.cpp)
target_link_libraries(instructions PRIVATE paxos_wire paxos_core)

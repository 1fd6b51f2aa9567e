// The headers that every test may use without including them. CMake precompiles them, which saves a
// third of the compile time of the tests; scripts/mutants.sh includes them in the tests it runs.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

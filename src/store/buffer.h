// Memory for reads and writes that bypass the page cache (O_DIRECT). It is aligned to blocks.
#pragma once

#include <cstddef>
#include <memory>
#include <new>

#include "store/format.h"

namespace paxos::store {

struct FreeBlocks {
    void operator()(std::byte* bytes) const {
        ::operator delete[](bytes, std::align_val_t{block_size});
    }
};
using Buffer = std::unique_ptr<std::byte[], FreeBlocks>;

/// `size` bytes, not initialised.
[[nodiscard]] inline Buffer make_buffer(std::size_t size) {
    return Buffer(new (std::align_val_t{block_size}) std::byte[size]);
}

}  // namespace paxos::store

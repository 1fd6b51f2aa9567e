#include "control/pmix.h"

#ifdef PAXOS_PMIX

#include <dlfcn.h>
#include <pmix.h>

#include <cstring>

namespace paxos::control {
namespace {

constexpr const char* library_name = "libpmix.so.2";
constexpr const char* card_key = "paxos_fast.card";

}  // namespace

struct Pmix::Library {
    void* handle = nullptr;
    decltype(&PMIx_Init) init = nullptr;
    decltype(&PMIx_Finalize) finalize = nullptr;
    decltype(&PMIx_Put) put = nullptr;
    decltype(&PMIx_Commit) commit = nullptr;
    decltype(&PMIx_Fence) fence = nullptr;
    decltype(&PMIx_Get) get = nullptr;
    decltype(&PMIx_Error_string) error_string = nullptr;
    pmix_proc_t self{};
    std::uint32_t size = 0;

    template <class Function>
    void find(Function& function, const char* name) {
        function = reinterpret_cast<Function>(::dlsym(handle, name));
    }

    bool load(std::string& error) {
        handle = ::dlopen(library_name, RTLD_NOW | RTLD_LOCAL);
        if (handle == nullptr) {
            error = std::string("PMIx's library cannot be loaded (") + ::dlerror() +
                    "): install it (Debian: libpmix2) on every host, or use --peers";
            return false;
        }
        find(init, "PMIx_Init");
        find(finalize, "PMIx_Finalize");
        find(put, "PMIx_Put");
        find(commit, "PMIx_Commit");
        find(fence, "PMIx_Fence");
        find(get, "PMIx_Get");
        find(error_string, "PMIx_Error_string");
        if (init && finalize && put && commit && fence && get && error_string) return true;
        error = std::string(library_name) + " lacks a function of PMIx 2";
        return false;
    }

    bool is_success(pmix_status_t status, const char* call, std::string& error) const {
        if (status == PMIX_SUCCESS) return true;
        error = std::string(call) + ": " + error_string(status);
        return false;
    }
    [[nodiscard]] pmix_proc_t proc(pmix_rank_t rank) const {
        pmix_proc_t one = self;
        one.rank = rank;
        return one;
    }
};

Pmix::Pmix() : library_(std::make_unique<Library>()) {}
// The library stays loaded, because its thread may still run.
Pmix::~Pmix() = default;

bool Pmix::join(std::string& error) {
    Library& pmix = *library_;
    if (!pmix.load(error)) return false;
    if (!pmix.is_success(pmix.init(&pmix.self, nullptr, 0), "PMIx_Init", error)) return false;
    const pmix_proc_t all = pmix.proc(PMIX_RANK_WILDCARD);
    pmix_value_t* value = nullptr;
    if (pmix.is_success(pmix.get(&all, PMIX_JOB_SIZE, nullptr, 0, &value), "PMIx_Get (job size)",
                        error)) {
        if (value->type == PMIX_UINT32) {
            pmix.size = value->data.uint32;
            return true;
        }
        error = "PMIx_Get: the job size is not a 32-bit number";
    }
    leave();
    return false;
}

std::uint32_t Pmix::rank() const { return library_->self.rank; }
std::uint32_t Pmix::size() const { return library_->size; }

bool Pmix::share(std::span<std::byte> bytes, std::string& error) {
    Library& pmix = *library_;
    if (rank() == 0) {
        pmix_value_t card{};
        card.type = PMIX_BYTE_OBJECT;
        card.data.bo = {.bytes = reinterpret_cast<char*>(bytes.data()), .size = bytes.size()};
        if (!pmix.is_success(pmix.put(PMIX_GLOBAL, card_key, &card), "PMIx_Put", error) ||
            !pmix.is_success(pmix.commit(), "PMIx_Commit", error))
            return false;
    }
    // The fence also collects the data, so that PMIx_Get asks no other host. Without this
    // collection, PMIx_Get hung under Slurm 22.05.
    pmix_info_t collect{};
    static_assert(sizeof PMIX_COLLECT_DATA <= sizeof collect.key);
    std::memcpy(collect.key, PMIX_COLLECT_DATA, sizeof PMIX_COLLECT_DATA);
    collect.value.type = PMIX_BOOL;
    collect.value.data.flag = true;
    const pmix_proc_t all = pmix.proc(PMIX_RANK_WILDCARD);
    if (!pmix.is_success(pmix.fence(&all, 1, &collect, 1), "PMIx_Fence", error)) return false;
    if (rank() == 0) return true;

    const pmix_proc_t first = pmix.proc(0);
    pmix_value_t* value = nullptr;
    if (!pmix.is_success(pmix.get(&first, card_key, nullptr, 0, &value), "PMIx_Get", error))
        return false;
    if (value->type != PMIX_BYTE_OBJECT || value->data.bo.size != bytes.size()) {
        error = "another version of paxos_fast runs as n0; install the same version on every host";
        return false;
    }
    std::memcpy(bytes.data(), value->data.bo.bytes, bytes.size());
    return true;
}

void Pmix::leave() {
    // A failure is ignored, because the process ends now.
    static_cast<void>(library_->finalize(nullptr, 0));
}

}  // namespace paxos::control

#else  // Built without PMIx's header.

namespace paxos::control {

struct Pmix::Library {};
Pmix::Pmix() = default;
Pmix::~Pmix() = default;
bool Pmix::join(std::string& error) {
    error =
        "this paxos_fast was built without PMIx: install libpmix-dev and build again, or use "
        "--peers";
    return false;
}
std::uint32_t Pmix::rank() const { return 0; }
std::uint32_t Pmix::size() const { return 0; }
bool Pmix::share(std::span<std::byte>, std::string&) { return false; }
void Pmix::leave() {}

}  // namespace paxos::control

#endif

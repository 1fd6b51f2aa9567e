// Disk images of a real run. Three nodes with real sockets and files decide slots. The test then
// abandons them without closing their files, and their next incarnations continue from the files.
// The test records all writes and answers (support/recorded_node.h). For each write W, the test
// recovers files that a power cut during W could leave (S29). Such a file has all writes before W,
// and a subset of the sectors of W. The test checks this:
//
// 1. The records of the writes before W cover every answer that the node sent before W ended (S06,
//    S14, S23). An answer whose record is in W must wait until W has ended.
// 2. Each file has exactly the records of the writes before W, and after them all or none of the
//    records of W (S25).
#include <filesystem>
#include <map>

#include "io/sockets.h"
#include "store/superblocks.h"
#include "support/recorded_node.h"

namespace paxos::node::disk_images_test {
namespace {

using Cells = std::vector<Message>;
using Format = Records<limits::Standard>;

constexpr std::size_t nodes = 3, sector_size = 512;
/// All writes of the test are below this offset, far from the end of the ring.
constexpr std::size_t image_size = 4 << 20;

/// A file in memory: some bytes, and zeros up to `size`.
class ImageFile final : public store::Image {
public:
    ImageFile(std::vector<std::byte> begin, std::uint64_t size)
        : bytes(std::move(begin)), size_(size) {}
    [[nodiscard]] std::uint64_t size() const override { return size_; }
    [[nodiscard]] int read(std::uint64_t offset, std::span<std::byte> into) override {
        const std::size_t held = std::min<std::size_t>(
            into.size(), bytes.size() - std::min<std::size_t>(offset, bytes.size()));
        if (held != 0) std::memcpy(into.data(), bytes.data() + offset, held);
        std::memset(into.data() + held, 0, into.size() - held);
        return 0;
    }

    std::vector<std::byte> bytes;

private:
    std::uint64_t size_;
};

/// What a sequence of records states about the node's promises, acceptances and decisions.
class Statements {
public:
    explicit Statements(Variant protocol) : promises_log_(protocol == Variant::multi) {}
    void add(std::span<const Message> records) {
        Format::for_each(records, [this](const Message& record) { add(record); });
    }
    /// Returns whether the records state everything that `answer` reported to another node.
    [[nodiscard]] bool cover(std::span<const Message> answer) const {
        const Message& first = answer.front();
        if (first.kind == MessageKind::promise && first.slot_count == 0)
            return log_promised_ >= first.ballot;
        for (Slot slot = first.slot; slot < first.slot + first.slot_count; ++slot)
            if (!covers(slot, first)) return false;
        return true;
    }

private:
    struct Place {
        Ballot promised, accepted;
        Value value{};
        bool is_learned = false;
    };

    void add(const Message& record) {
        if (record.kind == MessageKind::learn)
            learned_below_ = std::max(learned_below_, record.slot);
        if (promises_log_ &&
            (record.kind == MessageKind::accept || record.kind == MessageKind::promise))
            log_promised_ = std::max(log_promised_, record.ballot);
        for (Slot slot = record.slot; slot < record.slot + record.slot_count; ++slot) {
            Place& place = places_[slot];
            place.promised = std::max(place.promised, record.ballot);
            if (record.kind == MessageKind::decide) place.is_learned = true;
            if (Format::has_values(record)) place.value = Run::of(record).value_of(slot);
            if (record.kind == MessageKind::accept) place.accepted = record.ballot;
        }
    }
    [[nodiscard]] bool covers(Slot slot, const Message& answer) const {
        if (slot < learned_below_) return true;
        const auto found = places_.find(slot);
        const Place place = found == places_.end() ? Place{} : found->second;
        if (place.is_learned) return true;
        const bool is_promise = answer.kind == MessageKind::promise;
        if (is_promise && std::max(place.promised, log_promised_) < answer.ballot) return false;
        const Ballot accepted = is_promise ? answer.accepted() : answer.ballot;
        if (place.accepted != accepted || accepted.is_none()) return place.accepted >= accepted;
        return answer.slot_count != 1 || answer.value == place.value;
    }

    const bool promises_log_;  // With `multi`, PROMISE and ACCEPT promise a ballot for all slots.
    std::map<Slot, Place> places_;
    Ballot log_promised_;
    Slot learned_below_ = 0;
};

bool are_equal(std::span<const Message> some, std::span<const Message> others) {
    return some.size() == others.size() &&
           (some.empty() || std::memcmp(some.data(), others.data(), some.size_bytes()) == 0);
}

/// Returns the records in `write` if it wrote a batch, or nothing if it wrote a superblock.
Cells records_of(const Recording::Write& write) {
    if (write.offset < store::ring_begin) return {};
    store::BatchHeader header;
    std::memcpy(&header, write.bytes.data(), sizeof header);
    Cells cells(header.record_size / sizeof(Message));
    std::memcpy(cells.data(), write.bytes.data() + sizeof header, header.record_size);
    return cells;
}

/// Calls `visit(sectors)` with subsets of `all`. If `all` has at most 7 sectors, these are all
/// subsets. Otherwise they are every prefix, every suffix, every subset of one sector, and every
/// subset that lacks exactly one sector.
template <class Visit>
void for_each_subset(const std::vector<std::size_t>& all, Visit&& visit) {
    const auto visit_those = [&](auto&& is_in) {
        std::vector<std::size_t> some;
        for (std::size_t i = 0; i < all.size(); ++i)
            if (is_in(i)) some.push_back(all[i]);
        visit(some);
    };
    if (all.size() <= 7) {
        for (unsigned mask = 0; mask < 1U << all.size(); ++mask)
            visit_those([mask](std::size_t i) { return (mask >> i & 1) != 0; });
        return;
    }
    for (std::size_t at = 0; at <= all.size(); ++at) {
        visit_those([at](std::size_t i) { return i < at; });
        visit_those([at](std::size_t i) { return i >= at; });
        visit_those([at](std::size_t i) { return i != at; });
        visit_those([at](std::size_t i) { return i == at; });
    }
}

class DiskImages : public testing::TestWithParam<Variant> {
protected:
    void SetUp() override {
        std::string name = (std::filesystem::temp_directory_path() / "paxos_images_XXXXXX")
                               .string();
        ASSERT_NE(::mkdtemp(name.data()), nullptr);
        files_.directory = name + "/data";
        files_.cluster.nodes = nodes;
        files_.cluster.protocol = GetParam();
        plan_.nodes = nodes;
        plan_.io = IoKind::uring;
        std::string error;
        ASSERT_TRUE(store::create(files_.directory, files_.cluster, geometry, error)) << error;
        for (std::size_t i = 0; i < nodes; ++i) {
            sockets_[i] = io::open_udp_socket(Address::loopback(0), error);
            senders_[i] = io::open_send_socket(Address::loopback(0), nullptr, error);
            ASSERT_TRUE(sockets_[i].is_open() && senders_[i].is_open()) << error;
            peers_.add(sockets_[i].address, senders_[i].address);
        }
    }
    void TearDown() override {
        for (io::Socket& socket : sockets_) io::close(socket);
        for (io::Socket& sender : senders_) io::close(sender);
        std::filesystem::remove_all(std::filesystem::path(files_.directory).parent_path());
    }

    /// Runs one incarnation of each node until all have learned every slot below `end`. Then closes
    /// the files, or abandons the nodes while their writes may be in progress.
    template <class Protocol>
    void run(Slot end, std::uint32_t window, bool closes,
             std::array<Recording, nodes>& recordings) {
        std::vector<std::unique_ptr<RecordedNode<Protocol>>> cluster;
        for (NodeId self = 0; self < nodes; ++self) {
            cluster.push_back(std::make_unique<RecordedNode<Protocol>>(
                files_, plan_, self, sockets_[self].fd, peers_, image_size, recordings[self]));
            ASSERT_TRUE(cluster.back()->is_ready());
        }
        const ValueSource source(1, nodes);
        std::array<Value, 1024> values{};
        const auto all_have_learned = [&](Slot slot) {
            return std::ranges::all_of(cluster,
                                       [&](const auto& node) { return node->learned() >= slot; });
        };
        for (const Tick begin = io::now(); !all_have_learned(end);) {
            ASSERT_LT(io::now() - begin, patience_ns);
            for (NodeId self = 0; self < nodes; ++self)
                cluster[self]->turn([&](Slot next) {
                    const Slot offered = std::min(end, next + window);
                    for (Slot slot = next; slot < offered; ++slot)
                        values[slot % values.size()] = source.value_of(self, slot);
                    return Proposals{.end = std::max(next, offered),
                                     .values = values.data(),
                                     .mask = values.size() - 1,
                                     .window = window};
                });
            if (HasFailure()) return;
        }
        for (NodeId self = 0; closes && self < nodes; ++self) ASSERT_TRUE(cluster[self]->close());
    }

    /// Recovers `image` and checks the records found. They must be `before`, or `before` followed
    /// by `added`. Returns the number of cells found.
    std::size_t expect_whole_batches(ImageFile& image, NodeId self, const Cells& before,
                                     const Cells& added) {
        Cells found;
        const store::Recovered recovered = store::recover(
            image, {files_.cluster, self}, [&](std::span<const Message> records) {
                found.insert(found.end(), records.begin(), records.end());
            });
        EXPECT_TRUE(store::is_usable(recovered.verdict)) << recovered.reason;
        torn_ += recovered.verdict == store::Verdict::torn;
        ++images_;
        EXPECT_GE(found.size(), before.size());
        if (found.size() < before.size()) return found.size();
        const std::span first = std::span{found}.first(before.size());
        const std::span rest = std::span{found}.subspan(before.size());
        EXPECT_TRUE(are_equal(first, before));
        EXPECT_TRUE(rest.empty() || are_equal(rest, added));
        return found.size();
    }

    static void take(Cells& added, Cells& records, Statements& stated) {
        records.insert(records.end(), added.begin(), added.end());
        stated.add(added);
        added.clear();
    }
    /// Checks each image of one incarnation. `records` has the records of earlier incarnations that
    /// are certainly in the file, and `stated` is what they state. `in_doubt` has the records of
    /// the write that was in progress when the previous incarnation was abandoned. Updates all
    /// three for the next incarnation.
    void check(NodeId self, const Recording& recording, Cells& records, Cells& in_doubt,
               Statements& stated) {
        std::size_t end = image_size;
        while (end > store::ring_begin && recording.before[end - 1] == std::byte{}) --end;
        for (const Recording::Write& write : recording.writes)
            end = std::max<std::size_t>(end, write.offset + write.bytes.size());
        ASSERT_LE(end, image_size);
        ImageFile image(
            {recording.before.begin(), recording.before.begin() + static_cast<std::ptrdiff_t>(end)},
            geometry.file_size);
        if (expect_whole_batches(image, self, records, in_doubt) > records.size())
            take(in_doubt, records, stated);
        std::size_t answered = 0;
        for (const Recording::Write& write : recording.writes) {
            const auto place = image.bytes.begin() + static_cast<std::ptrdiff_t>(write.offset);
            const std::vector<std::byte> old(
                place, place + static_cast<std::ptrdiff_t>(write.bytes.size()));
            std::vector<std::size_t> changed;
            for (std::size_t at = 0; at < old.size(); at += sector_size)
                if (std::memcmp(&old[at], &write.bytes[at], sector_size) != 0)
                    changed.push_back(at);
            const Cells added = records_of(write);
            for_each_subset(changed, [&](const std::vector<std::size_t>& reached) {
                for (const std::size_t at : reached)
                    std::memcpy(&place[static_cast<std::ptrdiff_t>(at)], &write.bytes[at],
                                sector_size);
                const std::size_t found = expect_whole_batches(image, self, records, added);
                if (reached.size() == changed.size()) {
                    EXPECT_EQ(found, records.size() + added.size());
                } else if (reached.empty()) {
                    EXPECT_EQ(found, records.size());
                }
                std::ranges::copy(old, place);
            });
            // Every image has the records before this write. These records must cover what was
            // answered before this write ended.
            for (; answered < recording.answered_before_the_end_of(write); ++answered)
                EXPECT_TRUE(stated.cover(recording.answers[answered])) << "answer " << answered;
            if (HasFailure()) return;
            std::ranges::copy(write.bytes, place);
            in_doubt = added;
            if (write.has_ended) take(in_doubt, records, stated);
        }
        for (; answered < recording.answers.size(); ++answered)
            EXPECT_TRUE(stated.cover(recording.answers[answered])) << "answer " << answered;
    }

    static constexpr store::Geometry geometry = store::Geometry::for_steps(
        Records<limits::Standard>::step_bytes_max);
    static constexpr Tick patience_ns = 600'000'000'000;
    LogFiles files_;
    Plan plan_;
    std::array<io::Socket, nodes> sockets_, senders_;
    io::PeerTable peers_;
    std::uint64_t images_ = 0, torn_ = 0;
};

INSTANTIATE_TEST_SUITE_P(Real, DiskImages, testing::Values(Variant::classic, Variant::multi),
                         [](const auto& param_info) {
                             return std::string(name_of(param_info.param));
                         });

TEST_P(DiskImages, S06_S23_S29_every_answer_is_on_record_whatever_sectors_a_power_cut_leaves) {
    constexpr std::size_t incarnations = 3;
    std::array<std::array<Recording, nodes>, incarnations> recordings;
    for (std::size_t i = 0; i < incarnations && !HasFailure(); ++i)
        with_variant<limits::Standard>(GetParam(), [&]<class Protocol>() {
            // The batches of the first incarnation are one block long. Those of the later
            // incarnations are many blocks long.
            run<Protocol>(200 + i * 1000, i == 0 ? 4 : 200, i + 1 == incarnations, recordings[i]);
        });
    if (HasFailure()) return;
    std::array<std::uint64_t, message_kinds> answers{};
    for (NodeId self = 0; self < nodes; ++self) {
        Cells records, in_doubt;
        Statements stated(GetParam());
        for (std::size_t i = 0; i < incarnations; ++i) {
            const Recording& recording = recordings[i][self];
            EXPECT_EQ(recording.incarnations, std::uint64_t{2} << i);  // S12
            check(self, recording, records, in_doubt, stated);
            if (HasFailure()) return;
            for (const auto& answer : recording.answers)
                ++answers[static_cast<std::size_t>(answer.front().kind)];
        }
    }
    EXPECT_GT(images_, 500U);
    EXPECT_GT(torn_, 100U);
    for (const MessageKind kind :
         {MessageKind::promise, MessageKind::accepted, MessageKind::decide})
        EXPECT_GT(answers[static_cast<std::size_t>(kind)], 5U);
}

}  // namespace
}  // namespace paxos::node::disk_images_test

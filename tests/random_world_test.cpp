// Worlds drawn from a seed: sizes, protocol, load, faults. Act one: anything may happen, and nothing may be wrong. Act
// two: the network heals around a live quorum, and every slot must be decided and learned, or named as skipped by a
// node that was left behind, within a stated time.
//
// A failure names its seed. To replay: PAXOS_WORLD_SEED=<seed> random_world_test; PAXOS_WORLD_COUNT=<n> runs n more.
#include <gtest/gtest.h>

#include <unistd.h>
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "paxos/random.h"
#include "support/world.h"

namespace paxos::test {
namespace {

constexpr Tick millisecond = 1'000'000;

/// What may go wrong in a run. Each is switched off altogether in half of the runs.
struct Faults {
    std::uint64_t loss = 0;         // Of 1000.
    std::uint64_t duplication = 0;  // Of 1000.
    Tick delay_max = 0;             // Each packet its own: they overtake each other.
    std::uint64_t straggler = 0;    // Of 1000: delayed by up to 100 ms more.
    std::uint64_t pauses = 0;       // Of a million, each quantum.
    std::uint64_t partitions = 0;   // Of a million, each quantum.
    std::size_t crashes = 0;        // Less than half of the nodes.
};

struct Draw {
    Setup setup;
    Faults faults;
    Tick quantum = 0;
    Tick act_one = 0;
    bool lossy_act_two = false;  // Loss does not heal: a run at 30 % ends, too.
    bool is_live = true;
};

template <class Limits>
Draw draw(std::uint64_t seed) {
    Random random(mix(seed));
    const auto one_in = [&](std::uint64_t n) { return random.below(n) == 0; };
    Draw draw;
    Setup& setup = draw.setup;
    setup.seed = seed;
    setup.nodes = 1 + random.below(7);
    setup.proposers = std::min<std::size_t>(setup.nodes, one_in(2) ? 1 : 2 + random.below(2));
    setup.thrifty = one_in(3);
    setup.window = one_in(3) ? 1
                             : static_cast<std::uint32_t>(
                                   1 + random.below(std::min<std::uint64_t>(Limits::window_max, 64)));
    setup.target = Limits::ring_slots > 100 ? 50 + random.below(500)
                                            : 1 + random.below(12 * Limits::ring_slots);
    setup.split = one_in(2);
    if (one_in(20)) {
        setup.first_counter = limits::ballot_counter_max - random.below(4);
        draw.is_live = false;  // Who has no ballot left stops.
    }
    Faults& faults = draw.faults;
    if (one_in(2)) faults.loss = random.below(301);
    if (one_in(2)) faults.duplication = random.below(501);
    if (!one_in(4)) faults.delay_max = random.below(one_in(4) ? 20 * millisecond : millisecond) + 1;
    if (one_in(3)) faults.straggler = random.below(200);
    if (one_in(2)) faults.pauses = random.below(3000);
    if (one_in(3)) faults.partitions = random.below(3000);
    if (one_in(2)) faults.crashes = random.below((setup.nodes - 1) / 2 + 1);
    if (one_in(6)) {  // No time bears on safety: with these, everybody is given up and taken over from all the time.
        Timing& timing = setup.timing;
        const Tick part = 4 + random.below(100);
        for (Tick* time : {&timing.retransmit_max_ns, &timing.catch_up_ns, &timing.heartbeat_ns,
                           &timing.silence_ns, &timing.takeover_ns, &timing.takeover_step_ns,
                           &timing.backoff_min_ns, &timing.backoff_max_ns})
            *time /= part;
        timing.retransmit_min_ns = std::min(timing.retransmit_min_ns, timing.retransmit_max_ns);
        draw.is_live = false;
    }
    draw.quantum = 20'000 + random.below(one_in(10) ? 5 * millisecond : 400'000);  // Some turns are longer than a heartbeat.
    draw.act_one = random.below(300) * millisecond;
    draw.lossy_act_two = one_in(4);
    return draw;
}

template <template <class> class Variant, class Limits>
class RandomRun {
public:
    explicit RandomRun(std::uint64_t seed) : RandomRun(seed, draw<Limits>(seed)) {}
    RandomRun(std::uint64_t seed, const Draw& draw)
        : draw_(draw), random_(mix(seed + 1)), world_(draw_.setup) {
        cut_.resize(world_.size() * world_.size());
    }

    /// A digest of all that happened, for those who run it twice (S38).
    std::uint64_t play() {
        const Tick heals_at = world_.now() + draw_.act_one;
        while (world_.now() < heals_at && world_.failure().empty()) {
            misbehave();
            turn();
        }
        heal();
        const Tick bound = world_.now() + (draw_.is_live ? time_allowed() : 300 * millisecond);
        while (world_.now() < bound && !is_over() && world_.failure().empty()) turn();
        stuck_ = draw_.is_live && !is_over() && world_.failure().empty();
        EXPECT_FALSE(stuck_) << describe();
        world_.report();
        return digest_;
    }
    [[nodiscard]] bool is_good() const { return world_.failure().empty() && !stuck_; }
    [[nodiscard]] std::uint64_t skipped() const {
        std::uint64_t sum = 0;
        for (NodeId id = 0; id < world_.size(); ++id) sum += world_.skipped(id);
        return sum;
    }
    [[nodiscard]] Tick time() const { return world_.now(); }

private:
    [[nodiscard]] bool chance(std::uint64_t of_a_million) {
        return random_.below(1'000'000) < of_a_million;
    }
    [[nodiscard]] bool is_over() const { return world_.all_learned(draw_.setup.target); }

    void misbehave() {
        const Faults& faults = draw_.faults;
        const auto node = static_cast<NodeId>(random_.below(world_.size()));
        if (chance(faults.pauses))
            world_.pause(node, world_.now() + random_.below(150 * millisecond));
        if (chance(faults.partitions)) cut();
        if (chance(2000)) std::fill(cut_.begin(), cut_.end(), false);
        if (crashed_ < faults.crashes && chance(2000) && !world_.is_crashed(node)) {
            world_.crash(node);
            ++crashed_;
        }
    }
    /// One-way, whole, partial, or one node alone: any set of directed links.
    void cut() {
        const std::uint64_t shape = random_.below(3);
        const auto lonely = random_.below(world_.size());
        const std::uint64_t side = random_.next();
        for (std::size_t a = 0; a < world_.size(); ++a)
            for (std::size_t b = 0; b < world_.size(); ++b) {
                if (shape == 0) cut_[a * world_.size() + b] = random_.below(3) == 0;
                if (shape == 1) cut_[a * world_.size() + b] = a == lonely || b == lonely;
                if (shape == 2) cut_[a * world_.size() + b] = (side >> a & 1) != (side >> b & 1);
            }
    }
    void heal() {
        std::fill(cut_.begin(), cut_.end(), false);
        Faults& faults = draw_.faults;
        if (!draw_.lossy_act_two) faults.loss = faults.straggler = faults.duplication = 0;
        faults.delay_max = std::min(faults.delay_max, millisecond);
        for (NodeId id = 0; id < world_.size(); ++id) world_.resume(id);
    }

    /// A second for the silent to be given up, the duels to end, the left behind to come back; then, window by window,
    /// two phases and a DECIDE; where messages go on being lost, patience for some of them.
    [[nodiscard]] Tick time_allowed() const {
        const Tick trip = draw_.faults.delay_max + 2 * draw_.quantum;
        const Tick slot = 6 * trip + (draw_.lossy_act_two ? 300 * millisecond : 0);
        return 1'000 * millisecond + 200 * draw_.quantum + draw_.setup.target * slot;
    }

    void turn() {
        world_.move_clock(draw_.quantum);
        for (std::size_t i = 0; i < world_.size(); ++i) {
            const auto id = static_cast<NodeId>((i + digest_) % world_.size());
            if (!world_.runs(id)) continue;
            arrived_.clear();
            auto& queue = queues_[id];
            const std::size_t most = world_.arrivals_max / (random_.below(8) == 0 ? 8 : 1);
            std::size_t taken = 0;
            while (taken < queue.size() && taken < most && queue[taken].due <= world_.now())
                arrived_.push_back(std::move(queue[taken++]));
            queue.erase(queue.begin(), queue.begin() + static_cast<std::ptrdiff_t>(taken));
            world_.step(id, arrived_);
            if (!world_.failure().empty()) return;
            send();
            digest_ = mix(digest_ ^ world_.at(id).learned() * 64 ^ id ^ arrived_.size() * 4096);
        }
    }
    void send() {
        for (Packet& packet : world_.network()) {
            const Faults& faults = draw_.faults;
            if (cut_[packet.from * world_.size() + packet.to]) continue;
            do {
                if (chance(faults.loss * 1000)) continue;
                Packet copy = packet;
                if (faults.delay_max != 0) copy.due += random_.below(faults.delay_max);
                if (chance(faults.straggler * 1000))
                    copy.due += random_.below(random_.below(4) == 0 ? 1'000 * millisecond
                                                                    : 100 * millisecond);
                enqueue(std::move(copy));
            } while (chance(faults.duplication * 1000));
        }
        world_.network().clear();
    }

    /// In the order of arrival; who is due at the same time stays in the order of sending.
    void enqueue(Packet packet) {
        auto& queue = queues_[packet.to];
        if (queue.size() == socket_max) return;
        const auto later = [](Tick due, const Packet& other) { return due < other.due; };
        queue.insert(std::upper_bound(queue.begin(), queue.end(), packet.due, later), std::move(packet));
    }

    [[nodiscard]] std::string describe() const {
        const Setup& s = draw_.setup;
        std::string text = "stuck: nodes " + std::to_string(s.nodes) + " proposers " +
                           std::to_string(s.proposers) + " window " + std::to_string(s.window) +
                           " target " + std::to_string(s.target) + (s.thrifty ? " thrifty" : "");
        for (NodeId id = 0; id < world_.size(); ++id) {
            const auto& node = world_.at(id);
            text += "\n  n" + std::to_string(id) + (world_.is_crashed(id) ? " crashed" : "") +
                    (node.is_proposing() ? " proposing" : "") + " learned " +
                    std::to_string(node.learned()) + " retains from " +
                    std::to_string(node.retained_from()) + " next " + std::to_string(node.next_slot()) +
                    " in flight " + std::to_string(node.in_flight());
        }
        return text;
    }

    static constexpr std::size_t socket_max = 2000;  // Packets that wait at one node; more are lost.

    Draw draw_;
    Random random_;
    World<Variant, Limits> world_;
    std::vector<bool> cut_;
    std::array<std::vector<Packet>, 8> queues_;
    std::vector<Packet> arrived_;
    std::size_t crashed_ = 0;
    std::uint64_t digest_ = 0;
    bool stuck_ = false;
};

// ---- which seeds ----

char replay_line[160];
void on_abort(int) {
    static_cast<void>(!write(STDERR_FILENO, replay_line, std::char_traits<char>::length(replay_line)));
    std::signal(SIGABRT, SIG_DFL);
}

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
    const char* text = std::getenv(name);
    return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

template <template <class> class Variant, class Limits>
void play_many(std::uint64_t count) {
    std::signal(SIGABRT, on_abort);
    const std::uint64_t first = from_environment("PAXOS_WORLD_SEED", 1);
    count = from_environment("PAXOS_WORLD_COUNT", std::getenv("PAXOS_WORLD_SEED") ? 1 : count);
    std::uint64_t skipped = 0;
    Tick longest = 0;
    int bad = 0;
    for (std::uint64_t seed = first; seed < first + count && bad < 3; ++seed) {
        SCOPED_TRACE("PAXOS_WORLD_SEED=" + std::to_string(seed));
        std::snprintf(replay_line, sizeof replay_line, "replay: PAXOS_WORLD_SEED=%llu %s\n",
                      static_cast<unsigned long long>(seed),
                      ::testing::UnitTest::GetInstance()->current_test_info()->name());
        RandomRun<Variant, Limits> run(seed);
        run.play();
        bad += !run.is_good();
        skipped += run.skipped();
        longest = std::max(longest, run.time());
    }
    ::testing::Test::RecordProperty("skipped", std::to_string(skipped));
    std::printf("  %llu seeds from %llu: %llu slots skipped, longest %llu ms\n",
                static_cast<unsigned long long>(count), static_cast<unsigned long long>(first),
                static_cast<unsigned long long>(skipped),
                static_cast<unsigned long long>(longest / millisecond));
}

/// Several rings of slots, in windows of real size; whole datagrams, as real nodes send them.
template <template <class> class Variant>
void play_long(std::uint64_t count) {
    for (std::uint64_t seed = 1; seed <= count; ++seed) {
        SCOPED_TRACE("long run, seed " + std::to_string(seed));
        Draw draw = test::draw<limits::Standard>(seed);
        draw.setup.window = seed % 2 == 0 ? limits::Standard::window_max : 1500;
        draw.setup.target = 3 * limits::Standard::ring_slots + 1000;
        draw.setup.split = false;
        draw.setup.timing = Timing{};
        draw.setup.first_counter = 1;
        draw.faults.loss = std::min<std::uint64_t>(draw.faults.loss, 30);
        draw.quantum = 100'000;
        draw.act_one = 20 * millisecond;
        draw.is_live = true;
        RandomRun<Variant, limits::Standard> run(seed, draw);
        run.play();
    }
}
TEST(RandomWorldTest, classic_long) { play_long<Classic>(4); }
TEST(RandomWorldTest, multi_long) { play_long<Multi>(4); }

TEST(RandomWorldTest, classic_tiny) { play_many<Classic, limits::Tiny>(1500); }
TEST(RandomWorldTest, multi_tiny) { play_many<Multi, limits::Tiny>(1500); }
TEST(RandomWorldTest, classic_standard) { play_many<Classic, limits::Standard>(60); }
TEST(RandomWorldTest, multi_standard) { play_many<Multi, limits::Standard>(60); }

TEST(RandomWorldTest, S38_the_same_seed_gives_the_same_run) {
    for (std::uint64_t seed = 1; seed < 10; ++seed) {
        EXPECT_EQ((RandomRun<Classic, limits::Tiny>(seed).play()),
                  (RandomRun<Classic, limits::Tiny>(seed).play()));
        EXPECT_EQ((RandomRun<Multi, limits::Tiny>(seed).play()),
                  (RandomRun<Multi, limits::Tiny>(seed).play()));
    }
}

}  // namespace
}  // namespace paxos::test

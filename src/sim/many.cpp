#include "sim/many.h"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace paxos::sim {
namespace {

void add(Total& total, const Outcome& outcome) {
    total.tally.add(outcome.tally);
    total.hash += mix(outcome.hash);
    if (outcome.draw.is_live && outcome.verdict == Verdict::good) {
        ++total.live;
        if (outcome.share_of_bound() > total.slowest.share_of_bound()) total.slowest = outcome;
    }
    if (outcome.verdict == Verdict::good) return;
    if (!total.failure || outcome.draw.seed < total.failure->draw.seed) total.failure = outcome;
}

}  // namespace

Total play_many(const Order& order, const std::function<bool(const Total&)>& goes_on) {
    Total total;
    std::mutex mutex;
    std::condition_variable changed;
    std::uint64_t next = 0;
    unsigned playing = order.jobs;
    bool stops = false;

    const auto play = [&] {
        Player player;
        std::unique_lock lock(mutex);
        while (!stops && next < order.worlds) {
            const std::uint64_t seed = order.first_seed + next++;
            lock.unlock();
            const Outcome& outcome = player.play(seed, order.wish);
            lock.lock();
            add(total, outcome);
            stops |= total.failure.has_value();
        }
        --playing;
        changed.notify_one();
    };
    std::vector<std::jthread> threads;
    for (unsigned job = 0; job < order.jobs; ++job) threads.emplace_back(play);

    std::unique_lock lock(mutex);
    while (playing != 0) {
        changed.wait_for(lock, std::chrono::milliseconds(100));
        // NOLINTNEXTLINE(performance-unnecessary-copy-initialization): other threads change it.
        const Total seen = total;
        lock.unlock();
        const bool more = goes_on(seen);
        lock.lock();
        stops |= !more;
    }
    return total;
}

}  // namespace paxos::sim

#include "gigawatt/network/nccl_channels.h"

#include <algorithm>
#include <array>

#include "gigawatt/network/nccl_links.h"

namespace gigawatt::network {
namespace {

// Steps after which NCCL gives up.
constexpr std::int64_t kMostInAll = std::int64_t{1} << 19;
constexpr int kMostSteps = 1 << 14, kMostAlike = 1 << 8;
constexpr int kFound = -1;  // steps left once nothing can be better
constexpr int kMostCards = 64, kMostHeads = 32, kMostCollnetHeads = 8;
constexpr int kNone = -1;
constexpr int kNvlsCapability = 90;   // from Hopper on
constexpr float kFastEnough = 25;     // GB/s of a channel from which on it is doubled
constexpr float kWorthwhile = 0.49F;  // of the best speed, below which more channels are not tried

NcclReach further(NcclReach reach) { return static_cast<NcclReach>(static_cast<int>(reach) + 1); }

/// How a channel goes on: to neighbors as the search has it, by number, or as the channel before.
enum class Order : std::uint8_t { kFree, kBus, kReplay };

class ChannelSearch {
 public:
  ChannelSearch(const NcclNode& node, bool across)
      : node_(node), links_(node), n_(node.gpus), across_(across) {}

  NcclGraph run(NcclPattern pattern, int least, int most);

 private:
  // The search over settings.
  void first_pass();
  bool relax(int left);
  void raise();
  int fill();
  void duplicate();
  std::size_t slowest() const { return speeds().size() - 1; }
  const std::vector<float>& speeds() const { return across_ ? node_.across_speeds : node_.inside_speeds; }
  float speed(std::size_t i) const { return speeds()[i]; }
  void set_speed(std::size_t i) { now_.inside = now_.across = speed(i); }
  float total() const;

  // The search for channels at one setting.
  void next_channel(int& left);
  void from_cards(int& left);
  void start_at(int card, int gpu, Order order, int& left);
  void visit(int gpu, int step, int to_card, int to_first, Order order, int& left);
  void to_card(int gpu, int step, int to_first, Order order, int& left);
  void to_next(int gpu, int step, int to_card, int to_first, Order order, int& left);
  void multicast(int head, int& left);
  void collnet(int head, int& left);
  void complete(int& left);
  bool better() const;
  bool card_fits(int start, int card, int step) const;
  const std::vector<int>& cards_for(int gpu);
  bool enter(const NcclWay& way, const NcclWay* back, bool inside, float factor);
  void leave(const NcclWay& way, bool inside, float factor);
  bool heads() const {
    return now_.pattern == NcclPattern::kMulticast || now_.pattern == NcclPattern::kCollnetDirect;
  }
  bool tree() const {
    return now_.pattern == NcclPattern::kTree || now_.pattern == NcclPattern::kBalancedTree;
  }
  int& member(int channel, int step) {
    return members_[static_cast<std::size_t>(channel) * static_cast<std::size_t>(n_) +
                    static_cast<std::size_t>(step)];
  }
  int& end(int channel, int side) { return ends_[static_cast<std::size_t>(2 * channel + side)]; }
  int end(int channel, int side) const { return ends_[static_cast<std::size_t>(2 * channel + side)]; }

  const NcclNode& node_;
  NcclLinks links_;
  int n_;
  bool across_;
  NcclGraph best_, now_;
  std::vector<int> members_;  ///< GPUs of each channel
  std::vector<int> ends_;     ///< cards of each channel
  std::vector<std::uint64_t> used_;
  /// Cards to try by reach, of all GPUs and of each.
  std::array<std::vector<std::vector<int>>, static_cast<std::size_t>(NcclReach::kNone) + 1> cards_;
  bool cross_allowed_ = false;
  NcclReach least_inside_ = NcclReach::kSelf, most_inside_ = NcclReach::kSystem;
  NcclReach least_across_ = NcclReach::kSwitch, most_across_ = NcclReach::kSystem;
  bool try_alike_ = true;
  std::size_t at_ = 0;  ///< of the speeds
  std::int64_t patience_ = kMostInAll;
};

float ChannelSearch::total() const {
  if (!across_ && n_ == 1) return links_.fastest(false);
  return std::max(node_.on_package ? 0 : node_.pcie, node_.nvlink);
}

// ---- ways

bool ChannelSearch::enter(const NcclWay& way, const NcclWay* back, bool inside, float factor) {
  const NcclReach allowed = inside ? now_.reach_inside : now_.reach_across;
  if (way.reach >= NcclReach::kNone) return false;
  if (factor == 1 && way.reach > allowed) return false;
  if (factor == 1 && back != nullptr && tree() && back->reach > allowed) return false;
  if (!links_.take(way, (inside ? now_.inside : now_.across) * factor)) return false;
  now_.hops = static_cast<int>(static_cast<float>(now_.hops) + factor * static_cast<float>(way.hops));
  return true;
}

void ChannelSearch::leave(const NcclWay& way, bool inside, float factor) {
  links_.give_back(way, (inside ? now_.inside : now_.across) * factor);
  now_.hops = static_cast<int>(static_cast<float>(now_.hops) - factor * static_cast<float>(way.hops));
}

/// Cards to try, those of the GPU (or of all, `kNone`) first, then by reach.
const std::vector<int>& ChannelSearch::cards_for(int gpu) {
  auto& known = cards_[static_cast<std::size_t>(now_.reach_across)];
  known.resize(static_cast<std::size_t>(n_ + 1));
  std::vector<int>& cards = known[static_cast<std::size_t>(gpu + 1)];
  if (!cards.empty()) return cards;
  const auto add = [&](int card) {
    if (card >= 0 && std::find(cards.begin(), cards.end(), card) == cards.end()) cards.push_back(card);
  };
  const int first = gpu == kNone ? 0 : gpu, last = gpu == kNone ? n_ : gpu + 1;
  for (int g = first; g < last; ++g) {
    const int start = links_.own_card(g, 0);
    add(start);
    for (int c = 1; c < kMostCards; ++c) {
      const int card = links_.own_card(g, c);
      if (card == start) break;
      add(card);
    }
  }
  for (int reach = 0; reach <= static_cast<int>(now_.reach_across); ++reach)
    for (int g = first; g < last; ++g)
      for (int card = 0; card < std::min(links_.cards(), kMostCards); ++card)
        if (static_cast<int>(links_.to_card(g, card).reach) == reach) add(card);
  return cards;
}

/// Whether a channel that began at card `start` may end at `card`.
bool ChannelSearch::card_fits(int start, int card, int step) const {
  if (now_.pattern == NcclPattern::kTree && card != start) return false;
  if (now_.pattern == NcclPattern::kRing && now_.crossed == 2) {
    if (now_.channels % 2 == 1 && card != end(now_.channels - 1, 0)) return false;
  } else if (now_.crossed == 0 && card != start) {
    return false;
  }
  return now_.pattern != NcclPattern::kBalancedTree || step == 0 || card == end(now_.channels, 1);
}

// ---- one channel

void ChannelSearch::complete(int& left) {
  ++now_.channels;
  if (better()) {
    best_ = now_;
    if (now_.channels == now_.most) left = kFound;
  }
  if (now_.channels < now_.most) next_channel(left);
  --now_.channels;
}

bool ChannelSearch::better() const {
  if (now_.channels < now_.least) return false;
  const auto n = static_cast<float>(now_.channels), m = static_cast<float>(best_.channels);
  if (now_.pattern == NcclPattern::kMulticast)
    return (now_.channels > best_.channels && now_.channels <= n_) || n * now_.across > m * best_.across;
  if (n * now_.inside != m * best_.inside) return n * now_.inside > m * best_.inside;
  return now_.pattern == best_.pattern && now_.crossed == best_.crossed && now_.hops < best_.hops;
}

void ChannelSearch::visit(int gpu, int step, int to_card_at, int to_first, Order order, int& left) {
  if (left <= 0) return;
  --left;
  if (step == n_) return complete(left);
  member(now_.channels, step) = gpu;
  if (step == to_card_at) {
    if (across_) to_card(gpu, step, to_first, order, left);
  } else if (now_.pattern == NcclPattern::kMulticast) {
    multicast(gpu, left);
  } else if (now_.pattern == NcclPattern::kCollnetDirect) {
    collnet(gpu, left);
  } else if (step < n_ - 1) {
    to_next(gpu, step, to_card_at, to_first, order, left);
  } else if (step == to_first) {
    const int first = member(now_.channels, 0);
    const NcclWay& way = links_.between(gpu, first);
    if (!enter(way, &links_.between(first, gpu), true, 1)) return;
    visit(first, step + 1, to_card_at, kNone, order, left);
    leave(way, true, 1);
  } else {
    visit(gpu, n_, kNone, kNone, order, left);
  }
}

/// Half of a balanced tree's traffic goes through the first GPU, half through the second.
void ChannelSearch::to_card(int gpu, int step, int to_first, Order order, int& left) {
  const bool balanced = now_.pattern == NcclPattern::kBalancedTree;
  const int start = end(now_.channels, 0);
  const float speed = now_.across;
  for (const int card : cards_for(gpu)) {
    if (!card_fits(start, card, step)) continue;
    const NcclWay& way = links_.to_card(gpu, card);
    if (balanced) now_.across /= 2;
    const bool entered = enter(way, &links_.from_card(card, gpu), false, 1);
    now_.across = speed;
    if (!entered) continue;
    end(now_.channels, 1) = card;
    visit(gpu, step, balanced && step == 0 ? 1 : kNone, to_first, order, left);
    if (balanced) now_.across /= 2;
    leave(way, false, 1);
    now_.across = speed;
  }
}

void ChannelSearch::to_next(int gpu, int step, int to_card_at, int to_first, Order order, int& left) {
  const int before = (gpu - 1 + n_) % n_, after = (gpu + 1) % n_;
  std::array<int, 2> next = {after, kNone};
  if (order == Order::kReplay)
    next = {member(now_.channels - 1, step + 1), kNone};
  else if (order == Order::kBus)
    next = {step + 1, kNone};
  else if (before != after && now_.pattern == NcclPattern::kRing)
    next = {before, after};
  else if (before != after && now_.pattern == NcclPattern::kBalancedTree)
    next = {after, before};
  const std::uint64_t channel = std::uint64_t{1} << now_.channels;
  for (const int to : next) {
    if (to == kNone || (order == Order::kFree && (used_[static_cast<std::size_t>(to)] & channel) != 0))
      continue;
    const NcclWay& way = links_.between(gpu, to);
    if (!enter(way, &links_.between(to, gpu), true, 1)) continue;
    used_[static_cast<std::size_t>(to)] ^= channel;
    visit(to, step + 1, to_card_at, to_first, order, left);
    used_[static_cast<std::size_t>(to)] ^= channel;
    leave(way, true, 1);
  }
}

/// The head sends and receives twice: its own part goes up once more.
void ChannelSearch::multicast(int head, int& left) {
  const auto factor = [&](int gpu) { return gpu == head ? 2.0F : 1.0F; };
  int down = 0, up = 0;
  while (down < n_ && enter(links_.from_crossbar(down), nullptr, true, factor(down))) ++down;
  if (down == n_) {
    while (up < n_ && enter(links_.to_crossbar(up), nullptr, true, factor(up))) ++up;
    if (up == n_) visit(kNone, n_, kNone, kNone, Order::kFree, left);
  }
  while (up-- > 0) leave(links_.to_crossbar(up), true, factor(up));
  while (down-- > 0) leave(links_.from_crossbar(down), true, factor(down));
}

void ChannelSearch::collnet(int head, int& left) {
  const float share = 1.0F / static_cast<float>(n_ - 1);
  int out = 0, in = 0;
  while (out < n_ && enter(links_.between(head, out), nullptr, true, share)) ++out;
  if (out == n_) {
    while (in < n_ && enter(links_.between(in, head), nullptr, true, share)) ++in;
    if (in == n_) visit(kNone, n_, kNone, kNone, Order::kFree, left);
  }
  while (in-- > 0) leave(links_.between(in, head), true, share);
  while (out-- > 0) leave(links_.between(head, out), true, share);
}

void ChannelSearch::start_at(int card, int gpu, Order order, int& left) {
  const std::uint64_t channel = std::uint64_t{1} << now_.channels;
  int to_card_at = kNone, to_first = kNone;
  if (across_)
    to_card_at = now_.pattern == NcclPattern::kRing ? n_ - 1 : 0;
  else if (now_.pattern == NcclPattern::kRing)
    to_first = n_ - 1;
  if (card != kNone && !enter(links_.from_card(card, gpu), &links_.to_card(gpu, card), false, 1)) return;
  used_[static_cast<std::size_t>(gpu)] ^= channel;
  visit(gpu, 0, to_card_at, to_first, order, left);
  used_[static_cast<std::size_t>(gpu)] ^= channel;
  if (card != kNone) leave(links_.from_card(card, gpu), false, 1);
}

void ChannelSearch::from_cards(int& left) {
  const int speed = static_cast<int>(now_.across);
  const auto& cards = cards_for(kNone);
  const auto count = static_cast<int>(cards.size());
  for (int i = 0; i < count; ++i) {
    const int card = cards[static_cast<std::size_t>((now_.channels + i) % count)];
    if (links_.open(card) < static_cast<float>(speed)) continue;
    if (now_.pattern == NcclPattern::kRing && now_.crossed == 2 && now_.channels % 2 == 1 &&
        card != end(now_.channels - 1, 1))
      continue;
    end(now_.channels, 0) = card;
    links_.open(card) -= static_cast<float>(speed);
    bool found = false;
    const int owner = links_.owner(card);
    if (heads()) {
      bool taken = owner == kNone || now_.channels >= count;
      for (int c = 0; c < now_.channels; ++c) taken = taken || member(c, 0) == owner;
      if (!taken) start_at(card, owner, Order::kFree, left), found = true;
    } else if (now_.channels > 0 && now_.same_channels) {
      start_at(card, member(now_.channels - 1, 0), Order::kReplay, left);
    } else {
      if (owner != kNone) start_at(card, owner, Order::kFree, left);
      for (const int gpu : links_.closest(card))
        if (gpu != owner) start_at(card, gpu, Order::kFree, left);
    }
    links_.open(card) += static_cast<float>(speed);
    if (found) break;
  }
}

void ChannelSearch::next_channel(int& left) {
  if (across_) return from_cards(left);
  if (now_.pattern == NcclPattern::kMulticast) return start_at(kNone, now_.channels, Order::kFree, left);
  if (now_.channels == 0)
    start_at(kNone, 0, Order::kBus, left);
  else
    start_at(kNone, member(now_.channels - 1, 0), Order::kReplay, left);
  if (!now_.same_channels || now_.channels == 0)
    for (int gpu = 0; gpu < n_; ++gpu) start_at(kNone, gpu, Order::kFree, left);
}

// ---- settings

/// One search at one setting; the steps that are left.
int ChannelSearch::fill() {
  int left = now_.same_channels ? kMostAlike : kMostSteps;
  now_.channels = 0;
  patience_ -= left;
  next_channel(left);
  return left;
}

/// The next setting to try; false: none is left.
bool ChannelSearch::relax(int left) {
  if (now_.same_channels && !(node_.amd && now_.reach_inside == NcclReach::kSystem)) {
    now_.same_channels = false;
    return true;
  }
  now_.same_channels = try_alike_;
  patience_ += left;
  if (patience_ < 0 && best_.channels > 0) return false;
  if (node_.capability >= kNvlsCapability && now_.pattern == NcclPattern::kBalancedTree) {
    now_.pattern = NcclPattern::kTree;
    return true;
  }
  now_.pattern = best_.pattern;
  const NcclReach widest = across_ ? now_.reach_across : most_inside_;
  if (now_.reach_inside < widest && (best_.channels == 0 || now_.reach_inside < best_.reach_inside)) {
    now_.reach_inside = further(now_.reach_inside);
    if (now_.reach_inside < NcclReach::kNone) return true;
  }
  now_.reach_inside = least_inside_;
  if (across_ && now_.reach_across < most_across_ &&
      (best_.channels == 0 || now_.reach_across < best_.reach_across ||
       now_.reach_across < NcclReach::kPeer)) {
    now_.reach_across = further(now_.reach_across);
    if (now_.reach_across < NcclReach::kNone) return true;
  }
  now_.reach_across = least_across_;
  if (cross_allowed_ && now_.crossed == 0 &&
      (best_.pattern == NcclPattern::kRing || best_.pattern == NcclPattern::kBalancedTree)) {
    now_.crossed = 2;
    return true;
  }
  now_.crossed = 0;
  if (at_ < slowest() && (best_.channels == 0 || speed(at_ + 1) / best_.across > kWorthwhile)) {
    set_speed(++at_);
    return true;
  }
  return false;
}

void ChannelSearch::first_pass() {
  for (int left = fill();; left = fill()) {
    if (left == kFound) return;
    if (static_cast<float>(best_.channels) * best_.across >= total()) return;
    if (!relax(left)) return;
  }
}

/// Fast channels are doubled at half of the speed.
void ChannelSearch::duplicate() {
  if (best_.channels == 0 || best_.pattern == NcclPattern::kMulticast || best_.inside < kFastEnough) return;
  if (node_.capability > kNvlsCapability - 10 && best_.inside < 2 * kFastEnough && best_.channels > 4) return;
  const int doubled = std::min(2 * best_.channels, best_.most);
  const auto parts = static_cast<float>((doubled + best_.channels - 1) / best_.channels);
  best_.inside /= parts;
  best_.across /= parts;
  best_.channels = doubled;
}

/// More speed with the channels that there are: of a ring as a whole, of others inside of the node only, of multicast
/// on its cards only.
void ChannelSearch::raise() {
  at_ = 0;
  now_ = best_;
  while (speed(at_) > best_.across && at_ < slowest()) ++at_;
  set_speed(at_);
  now_.least = best_.channels;
  for (int left = kFound; left != 0 && at_ > 0; left = fill()) {
    if (best_.pattern == NcclPattern::kRing) {
      set_speed(--at_);
    } else if (best_.pattern == NcclPattern::kMulticast && now_.across == best_.across &&
               now_.across < now_.inside * 2) {
      now_.least = now_.most = best_.channels;
      now_.across = speed(--at_);
    } else if (now_.inside == best_.inside && now_.inside < now_.across * 2) {
      now_.inside = speed(--at_);
    } else {
      return;
    }
  }
}

NcclGraph ChannelSearch::run(NcclPattern pattern, int least, int most) {
  const bool spread = pattern == NcclPattern::kRing || pattern == NcclPattern::kBalancedTree;
  cross_allowed_ = spread && node_.cards > 1;
  if (pattern == NcclPattern::kMulticast) most = std::min(kMostHeads, n_);
  if (pattern == NcclPattern::kCollnetDirect) most = std::min(kMostCollnetHeads, n_);
  if (pattern == NcclPattern::kMulticast && !across_) least = most;
  try_alike_ = pattern != NcclPattern::kMulticast;
  if (n_ == 1 && pattern != NcclPattern::kRing) pattern = NcclPattern::kTree;
  if (n_ > 1) {
    least_inside_ = links_.least_reach(false);
    most_inside_ = links_.most_reach(false);
  }
  if (across_) {
    least_across_ = links_.least_reach(true);
    most_inside_ = most_across_ = links_.most_reach(true);
  }
  if (node_.capability < kNvlsCapability) most_across_ = NcclReach::kSystem;
  best_ = {.pattern = pattern,
           .reach_inside = least_inside_,
           .reach_across = least_across_,
           .same_channels = try_alike_,
           .least = least,
           .most = most};
  now_ = best_;
  members_.assign(static_cast<std::size_t>((most + 1) * n_), kNone);
  ends_.assign(static_cast<std::size_t>(2 * (most + 1)), kNone);
  used_.assign(static_cast<std::size_t>(n_), 0);
  float total_speed = total();
  if (n_ > 1 && pattern != NcclPattern::kRing)
    total_speed = static_cast<float>(double{total_speed} * (static_cast<double>(n_) / (n_ - 1)));
  while (
      (speed(at_) > links_.fastest(across_) || speed(at_) * static_cast<float>(now_.least) > total_speed) &&
      at_ < slowest())
    ++at_;
  set_speed(at_);
  first_pass();
  duplicate();
  raise();
  return best_;
}

}  // namespace

NcclGraph nccl_channels(const NcclNode& node, NcclPattern pattern, int least, int most, bool across) {
  if (pattern == NcclPattern::kMulticast && (node.capability < kNvlsCapability || node.gpus < 2)) return {};
  return ChannelSearch(node, across).run(pattern, least, most);
}

}  // namespace gigawatt::network

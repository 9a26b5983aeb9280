#include "gigawatt/network/nccl_links.h"

#include <algorithm>
#include <cmath>
#include <functional>

namespace gigawatt::network {
namespace {

constexpr float kMostInsideDevice = 5000;  // GB/s, NCCL's word for no limit
constexpr float kRounding = 1000;
constexpr int kMostChannels = 64;

int reversed_bits(int value, int size) {
  int out = 0;
  for (int bit = 1, mirror = size / 2; bit < size; bit *= 2, mirror /= 2)
    if ((value & bit) != 0) out |= mirror;
  return out;
}

/// Best bandwidth, then the shortest reach, of a list of ways; all that are equally good.
template <typename WayOf>
std::vector<int> best_of(int count, WayOf way) {
  std::vector<int> best;
  float speed = 0;
  NcclReach reach = NcclReach::kNone;
  for (int i = 0; i < count; ++i) {
    const NcclWay& w = way(i);
    if (w.speed > speed || (w.speed == speed && w.reach < reach)) {
      speed = w.speed;
      reach = w.reach;
      best.clear();
    }
    if (w.speed == speed && w.reach == reach) best.push_back(i);
  }
  return best;
}

}  // namespace

NcclLinks::NcclLinks(const NcclNode& node) : node_(node) {
  make_links();
  make_card_ways();
  find_closest();
  add_peers();
  find_closest();
}

int NcclLinks::socket(int gpu) const {
  // A host has two; an odd GPU stands beside the second.
  return std::min(1, gpu % (node_.gpus / node_.trays) / std::max(1, node_.gpus_per_socket));
}

int NcclLinks::link(float bandwidth) {
  left_.push_back(bandwidth);
  return static_cast<int>(left_.size()) - 1;
}

void NcclLinks::append(NcclWay& way, std::initializer_list<int> links, int hops) {
  if (way.length == 0) way.speed = kMostInsideDevice;
  for (const int l : links) {
    way.links[static_cast<std::size_t>(way.length++)] = l;
    way.speed = std::min(way.speed, left_[static_cast<std::size_t>(l)]);
  }
  way.hops += hops;
}

void NcclLinks::make_links() {
  const auto each = [&](std::vector<int>& links, int count, float bandwidth) {
    for (int i = 0; i < count; ++i) links.push_back(link(bandwidth));
  };
  for (auto* side : {&up_, &down_}) each(*side, node_.gpus, node_.nvlink);
  for (auto* side : {&out_, &in_, &switch_up_, &switch_down_})
    each(*side, node_.gpus, node_.on_package ? node_.host_link : node_.pcie);
  for (auto* side : {&slot_out_, &slot_in_}) each(*side, node_.cards, node_.pcie);
  for (auto* side : {&port_out_, &port_in_}) each(*side, node_.cards, node_.card);
  each(bridge_, 2 * node_.trays, node_.bridge);
  open_.assign(static_cast<std::size_t>(node_.cards), node_.card);
  gpu_gpu_.resize(static_cast<std::size_t>(node_.gpus) * static_cast<std::size_t>(node_.gpus));
  to_crossbar_.resize(static_cast<std::size_t>(node_.gpus));
  from_crossbar_.resize(static_cast<std::size_t>(node_.gpus));
  for (int a = 0; a < node_.gpus; ++a) {
    const auto i = static_cast<std::size_t>(a);
    append(to_crossbar_[i], {up_[i]}, 2);
    append(from_crossbar_[i], {down_[i]}, 2);
    to_crossbar_[i].reach = from_crossbar_[i].reach = NcclReach::kNvlink;
    for (int b = 0; b < node_.gpus; ++b) {
      NcclWay& way = gpu_gpu_[index(a, node_.gpus, b)];
      way.reach = a == b ? NcclReach::kSelf : NcclReach::kNvlink;
      way.speed = kMostInsideDevice;
      if (a != b) append(way, {up_[i], down_[static_cast<std::size_t>(b)]}, 4);
    }
  }
}

void NcclLinks::make_card_ways() {
  gpu_card_.resize(static_cast<std::size_t>(node_.gpus) * static_cast<std::size_t>(node_.cards));
  card_gpu_.resize(gpu_card_.size());
  for (int n = 0; n < node_.cards; ++n)
    for (int g = 0; g < node_.gpus; ++g) {
      const auto gi = static_cast<std::size_t>(g), ni = static_cast<std::size_t>(n);
      const auto hi = static_cast<std::size_t>(home(n));
      if (tray(g) != tray(home(n))) continue;
      NcclWay& out = gpu_card_[index(g, node_.cards, n)];
      NcclWay& in = card_gpu_[index(n, node_.gpus, g)];
      append(out, {port_out_[ni], slot_out_[ni], out_[gi]}, 4);
      append(in, {port_in_[ni], slot_in_[ni], in_[gi]}, 4);
      const bool one_socket = socket(g) == socket(home(n));
      const bool near = node_.on_package ? one_socket : switch_of(g) == switch_of(home(n));
      out.reach = in.reach = near         ? (node_.on_package ? NcclReach::kPackage : NcclReach::kSwitch)
                             : one_socket ? NcclReach::kSocket
                                          : NcclReach::kSystem;
      if (near) continue;
      if (!node_.on_package) {
        append(out, {switch_up_[gi], switch_down_[hi]}, 2);
        append(in, {switch_up_[hi], switch_down_[gi]}, 2);
      }
      if (one_socket) continue;
      const auto base = static_cast<std::size_t>(2 * tray(g));
      append(out, {bridge_[base + static_cast<std::size_t>(socket(g))]}, 1);
      append(in, {bridge_[base + static_cast<std::size_t>(socket(home(n)))]}, 1);
    }
}

void NcclLinks::find_closest() {
  closest_.clear();
  mine_.clear();
  for (int g = 0; g < node_.gpus; ++g)
    mine_.push_back(best_of(node_.cards, [&](int n) -> const NcclWay& { return to_card(g, n); }));
  owner_.assign(static_cast<std::size_t>(node_.cards), -1);
  for (int n = 0; n < node_.cards; ++n)
    closest_.push_back(best_of(node_.gpus, [&](int g) -> const NcclWay& { return from_card(n, g); }));
  for (int n = 0; n < node_.cards; ++n) {
    int& owner = owner_[static_cast<std::size_t>(n)];
    for (int channel = 0; channel < kMostChannels && owner < 0; ++channel)
      for (const int g : closest(n))
        if (owner < 0 && own_card(g, channel) == n) owner = g;
  }
}

/// Ways over another GPU where they are wider or avoid the host.
void NcclLinks::add_peers() {
  for (int n = 0; n < node_.cards; ++n) {
    const int owner = owner_[static_cast<std::size_t>(n)];
    for (int g = 0; g < node_.gpus; ++g) {
      if (owner < 0 || owner == g || tray(g) != tray(owner)) continue;
      NcclWay& way = gpu_card_[index(g, node_.cards, n)];
      const NcclWay& direct = to_card(owner, n);
      if (direct.reach > NcclReach::kPackage || (direct.speed <= way.speed && way.reach <= NcclReach::kPeer))
        continue;
      const NcclWay& first = between(g, owner);
      NcclWay over;
      append(over, {first.links[0], first.links[1], direct.links[0], direct.links[1], direct.links[2]},
             first.hops + direct.hops);
      over.reach = NcclReach::kPeer;
      way = over;
    }
  }
}

int NcclLinks::own_card(int gpu, int channel) const {
  const auto& mine = mine_[static_cast<std::size_t>(gpu)];
  if (mine.empty()) return -1;
  const auto count = static_cast<int>(mine.size());
  const auto sharing = static_cast<int>(closest(mine.front()).size());
  const int in_tray = gpu % (node_.gpus / node_.trays);
  int at = in_tray % sharing;
  if ((count & (count - 1)) == 0) at = reversed_bits(at, count);
  at += channel % ((count + sharing - 1) / sharing);
  return mine[static_cast<std::size_t>(at % count)];
}

bool NcclLinks::change(const NcclWay& way, int length, float speed) {
  for (int i = 0; i < length; ++i) {
    float& left = left_[static_cast<std::size_t>(way.links[static_cast<std::size_t>(i)])];
    if (left < speed) {
      change(way, i, -speed);
      return false;
    }
    left = std::round((left - speed) * kRounding) / kRounding;
  }
  return true;
}

bool NcclLinks::take(const NcclWay& way, float speed) { return change(way, way.length, speed); }

template <typename Better>
NcclReach NcclLinks::extreme_reach(bool cards, NcclReach from, Better better) const {
  for (int g = 0; g < node_.gpus; ++g)
    for (int i = 0; i < (cards ? node_.cards : node_.gpus); ++i) {
      if (!cards && i == g) continue;
      const NcclReach reach = cards ? to_card(g, i).reach : between(g, i).reach;
      if (better(reach, from)) from = reach;
    }
  return from;
}

NcclReach NcclLinks::least_reach(bool cards) const {
  return extreme_reach(cards, NcclReach::kSystem, std::less<>());
}

NcclReach NcclLinks::most_reach(bool cards) const {
  return extreme_reach(cards, NcclReach::kSelf, std::greater<>());
}

float NcclLinks::fastest(bool across) const {
  if (!across) return node_.gpus > 1 ? node_.nvlink : kMostInsideDevice;
  const float host = node_.on_package ? node_.host_link : node_.pcie;
  return node_.cards > 0 ? std::min({node_.card, node_.pcie, host}) : 0;
}

}  // namespace gigawatt::network

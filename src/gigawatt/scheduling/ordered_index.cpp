#include "gigawatt/scheduling/ordered_index.h"

#include <algorithm>

#include "gigawatt/base/check.h"

namespace gigawatt::scheduling {
namespace {

/// Ranks need only look random, and be the same everywhere.
std::uint32_t rank_of(std::uint32_t job) {
  std::uint64_t x = job + 0x9E3779B97F4A7C15ULL;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ULL;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBULL;
  return static_cast<std::uint32_t>(x ^ (x >> 31));
}

}  // namespace

void OrderedIndex::update(std::uint32_t node) {
  Node& n = nodes_[node];
  n.least = n.needs;
  for (const std::uint32_t child : {n.left, n.right}) {
    if (child == kNone) continue;
    n.least.units = std::min(n.least.units, nodes_[child].least.units);
    n.least.expected_us = std::min(n.least.expected_us, nodes_[child].least.expected_us);
  }
}

void OrderedIndex::split(std::uint32_t node, const Key& key, std::uint32_t& left, std::uint32_t& right) {
  if (node == kNone) {
    left = right = kNone;
    return;
  }
  if (nodes_[node].key < key) {
    std::uint32_t middle = kNone;
    split(nodes_[node].right, key, middle, right);
    nodes_[node].right = middle;
    left = node;
  } else {
    std::uint32_t middle = kNone;
    split(nodes_[node].left, key, left, middle);
    nodes_[node].left = middle;
    right = node;
  }
  update(node);
}

std::uint32_t OrderedIndex::merge(std::uint32_t left, std::uint32_t right) {
  if (left == kNone) return right;
  if (right == kNone) return left;
  if (nodes_[left].rank > nodes_[right].rank) {
    nodes_[left].right = merge(nodes_[left].right, right);
    update(left);
    return left;
  }
  nodes_[right].left = merge(left, nodes_[right].left);
  update(right);
  return right;
}

void OrderedIndex::insert(const Key& key, const Needs& needs) {
  std::uint32_t node = 0;
  if (free_.empty()) {
    node = static_cast<std::uint32_t>(nodes_.size());
    nodes_.emplace_back();
  } else {
    node = free_.back();
    free_.pop_back();
  }
  nodes_[node] = {key, needs, needs, rank_of(key.job), kNone, kNone};
  std::uint32_t left = kNone, right = kNone;
  split(root_, key, left, right);
  root_ = merge(merge(left, node), right);
}

std::uint32_t OrderedIndex::without(std::uint32_t node, const Key& key) {
  GW_CHECK(node != kNone, "job {} is not in the order", key.job);
  if (nodes_[node].key == key) {
    free_.push_back(node);
    return merge(nodes_[node].left, nodes_[node].right);
  }
  if (key < nodes_[node].key)
    nodes_[node].left = without(nodes_[node].left, key);
  else
    nodes_[node].right = without(nodes_[node].right, key);
  update(node);
  return node;
}

void OrderedIndex::erase(const Key& key) { root_ = without(root_, key); }

const OrderedIndex::Key* OrderedIndex::find(std::uint32_t node, const Key* after, const Room& room) const {
  while (node != kNone && may(nodes_[node].least, room)) {
    const Node& n = nodes_[node];
    if (after == nullptr || n.key > *after) {
      if (const Key* found = find(n.left, after, room)) return found;
      if (may(n.needs, room)) return &n.key;
    }
    node = n.right;
  }
  return nullptr;
}

}  // namespace gigawatt::scheduling

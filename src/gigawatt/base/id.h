#pragma once
/// Dense typed index: Id<SiteTag> cannot be mistaken for Id<JobTag>. Ids count from 0 within their owner's vector.

#include <compare>
#include <cstdint>
#include <limits>

namespace gigawatt::base {

template <typename Tag>
class Id {
 public:
  constexpr Id() = default;
  explicit constexpr Id(std::uint32_t index) : index_(index) {}
  constexpr std::uint32_t index() const { return index_; }
  constexpr bool valid() const { return index_ != kNone; }
  friend constexpr auto operator<=>(Id, Id) = default;

 private:
  static constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();
  std::uint32_t index_ = kNone;
};

}  // namespace gigawatt::base

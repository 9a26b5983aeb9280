#pragma once
/// What is left of the links of a node while NCCL's channels are laid over them, and the ways between its devices.
///
/// A GPU has a link to the crossbar and one to its PCIe switch (or host) in each direction; a card one to the switch and one
/// to the network. From a GPU to the card of another the way goes over that one (PXN), back it goes over the host.

#include <array>
#include <vector>

#include "gigawatt/network/nccl_channels.h"

namespace gigawatt::network {

struct NcclWay {
  std::array<int, 8> links{};
  int length = 0;  ///< links that have a limit
  int hops = 0;    ///< as NCCL counts them
  NcclReach reach = NcclReach::kNone;
  float speed = 0;  ///< of the narrowest link when empty
};

class NcclLinks {
 public:
  explicit NcclLinks(const NcclNode& node);

  int gpus() const { return node_.gpus; }
  int cards() const { return node_.cards; }
  const NcclWay& between(int from, int to) const { return gpu_gpu_[index(from, node_.gpus, to)]; }
  const NcclWay& to_card(int gpu, int card) const { return gpu_card_[index(gpu, node_.cards, card)]; }
  const NcclWay& from_card(int card, int gpu) const { return card_gpu_[index(card, node_.gpus, gpu)]; }
  const NcclWay& to_crossbar(int gpu) const { return to_crossbar_[static_cast<std::size_t>(gpu)]; }
  const NcclWay& from_crossbar(int gpu) const { return from_crossbar_[static_cast<std::size_t>(gpu)]; }

  /// Takes `speed` from every link, or nothing; false: too little was left somewhere.
  bool take(const NcclWay& way, float speed);
  void give_back(const NcclWay& way, float speed) { change(way, way.length, -speed); }

  /// What is not promised of a card's own bandwidth yet, in whole GB/s as NCCL takes it away.
  float& open(int card) { return open_[static_cast<std::size_t>(card)]; }
  /// The GPU that a card belongs to.
  int owner(int card) const { return owner_[static_cast<std::size_t>(card)]; }
  /// The GPUs that are closest to a card.
  const std::vector<int>& closest(int card) const { return closest_[static_cast<std::size_t>(card)]; }
  /// The card that a GPU uses for a channel.
  int own_card(int gpu, int channel) const;

  NcclReach least_reach(bool cards) const;
  NcclReach most_reach(bool cards) const;
  float fastest(bool across) const;

 private:
  template <typename Better>
  NcclReach extreme_reach(bool cards, NcclReach from, Better better) const;
  static std::size_t index(int row, int columns, int column) {
    return static_cast<std::size_t>(row) * static_cast<std::size_t>(columns) +
           static_cast<std::size_t>(column);
  }
  int link(float bandwidth);
  void append(NcclWay& way, std::initializer_list<int> links, int hops);
  bool change(const NcclWay& way, int length, float speed);
  void make_links();
  void make_card_ways();
  void find_closest();
  void add_peers();
  int tray(int gpu) const { return gpu * node_.trays / node_.gpus; }
  int socket(int gpu) const;
  int home(int card) const { return card * node_.gpus / node_.cards; }
  int switch_of(int gpu) const { return gpu / node_.gpus_per_switch; }

  const NcclNode& node_;
  std::vector<float> left_;
  std::vector<int> up_, down_, out_, in_, slot_out_, slot_in_, port_out_, port_in_, switch_up_, switch_down_;
  std::vector<int> bridge_;
  std::vector<NcclWay> gpu_gpu_, gpu_card_, card_gpu_, to_crossbar_, from_crossbar_;
  std::vector<float> open_;
  std::vector<int> owner_;
  std::vector<std::vector<int>> closest_;  ///< GPUs of each card
  std::vector<std::vector<int>> mine_;     ///< cards of each GPU
};

}  // namespace gigawatt::network

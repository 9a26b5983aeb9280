#pragma once
/// FIFO, priority, fair share, shortest first; without overtaking or with EASY (policies.h). Private to this module.

#include <unordered_map>

#include "gigawatt/scheduling/policies.h"

namespace gigawatt::scheduling {

class ListPolicy : public Policy {
 public:
  explicit ListPolicy(const PolicySpec& spec) : spec_(spec) {}
  void decide(const View& view, Decision& decision) override;

 private:
  /// When the reserved job of a place gets what it needs, and what is left over then.
  struct Shadow {
    bool set = false;
    base::SimTime time;
    Capacity left;
    double left_w = 0;
  };
  /// A job that is started in this decision, as the later ones see it.
  struct Ending {
    base::SimTime end;
    std::uint32_t place = 0;
    double it_w = 0;
    std::vector<Share> shares;
  };
  struct Round {
    const View& view;
    Decision& decision;
    Capacity free;
    double it_w = 0;
    std::vector<Ending> started;
    std::vector<char> closed;  ///< by place
    std::vector<Shadow> shadows;
    std::int64_t lowest = 0;  ///< priority of a running job that may be stopped
  };

  bool anything_fits(const View& view) const;
  std::vector<std::uint32_t> line(const View& view) const;
  bool ready(const Waiting& job, Round& round);
  bool try_start(std::uint32_t position, Round& round);
  bool overtakes(const Option& option, Round& round, std::vector<Share>& shares, bool& crosses) const;
  void start(std::uint32_t position, std::uint32_t option, std::vector<Share> shares, Round& round) const;
  bool try_preempt(std::uint32_t position, Round& round) const;
  void block(const Waiting& job, Round& round) const;
  Shadow shadow(const Option& option, const Round& round) const;

  PolicySpec spec_;
  std::unordered_map<std::uint32_t, base::SimTime> deferred_;  // by job: the best start
};

}  // namespace gigawatt::scheduling

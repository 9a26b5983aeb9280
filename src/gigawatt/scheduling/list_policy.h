#pragma once
/// FIFO, priority, fair share, shortest first; without overtaking or with EASY (policies.h). Private to this module.

#include <optional>
#include <unordered_map>

#include "gigawatt/scheduling/policies.h"

namespace gigawatt::scheduling {

class ListPolicy : public Policy {
 public:
  explicit ListPolicy(const PolicySpec& spec) : spec_(spec) {}
  void decide(const View& view, Decision& decision) override;
  Ordering ordering() const override;
  bool reads_usage() const override { return spec_.order == Order::kFairShare; }

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
    Capacity& free;
    double it_w = 0;
    std::vector<Ending> started;
    std::vector<char> closed;  ///< by place
    std::vector<Shadow> shadows;
    std::optional<std::int64_t> lowest;  ///< priority of a running job that may be stopped, once looked up
    std::vector<Yielding> yielding;      ///< what is left of it
    std::vector<std::int64_t> lent;      ///< to the job that is looked at, by place; part of `free` meanwhile
  };

  static std::int64_t most_free(const View& view, const Capacity& free);
  /// One way through the queue in the policy's order, job by job as they are asked for. By arrival, or along the order
  /// that the queue keeps; accounts of equal usage share one order of arrival. Without a kept order the whole line is
  /// sorted.
  class Walk {
   public:
    Walk(const View& view, Order order);
    /// The next that may fit `room`; Queue::kEnd: none.
    std::uint32_t next(const OrderedIndex::Room& room);

   private:
    struct Account {
      double usage = 0;
      const OrderedIndex* line = nullptr;
      const OrderedIndex::Key* head = nullptr;  ///< its next, once looked up
      bool looked = false;
    };
    void sort_line(Order order);
    std::uint32_t next_of_accounts(const OrderedIndex::Room& room);

    const View& view_;
    bool by_arrival_ = false;
    std::uint32_t at_ = 0;
    const OrderedIndex* order_ = nullptr;  ///< of the whole queue
    const OrderedIndex::Key* last_ = nullptr;
    std::vector<Account> accounts_;  ///< by usage
    std::size_t tied_ = 0;           ///< the first of those of one usage that are walked now
    std::vector<std::uint32_t> line_;
  };
  bool nothing_to_do(const View& view) const;
  OrderedIndex::Room room(const Round& round, bool all_closed) const;
  void consider(std::uint32_t position, Round& round);
  static void lend(const Waiting& job, Round& round);
  static void take_back(Round& round);
  bool ready(const Waiting& job, Round& round);
  bool try_start(std::uint32_t position, Round& round);
  bool overtakes(const Option& option, Round& round, std::vector<Share>& shares, bool& crosses) const;
  void start(std::uint32_t position, std::uint32_t option, std::vector<Share> shares, Round& round) const;
  bool try_preempt(std::uint32_t position, Round& round) const;
  void block(const Waiting& job, Round& round) const;
  Shadow shadow(const Option& option, const Round& round) const;

  PolicySpec spec_;
  Capacity free_;                                              // of the round; kept for its storage
  std::unordered_map<std::uint32_t, base::SimTime> deferred_;  // by job: the best start
};

}  // namespace gigawatt::scheduling

// Finish times of flows on a SimGrid platform: sgsem PLATFORM.xml FLOWS.csv [--cfg=...]
#include <chrono>
#include <cstdio>
#include <fstream>
#include <simgrid/s4u.hpp>
#include <sstream>
namespace sg = simgrid::s4u;
struct F {
  std::string a, b;
  double bytes, start;
};
int main(int argc, char** argv) {
  sg::Engine e(&argc, argv);
  auto t0 = std::chrono::steady_clock::now();
  e.load_platform(argv[1]);
  std::vector<F> flows;
  std::ifstream in(argv[2]);
  std::string line;
  std::getline(in, line);
  while (std::getline(in, line)) {
    std::stringstream s(line);
    F f;
    std::string x;
    std::getline(s, f.a, ',');
    std::getline(s, f.b, ',');
    std::getline(s, x, ',');
    f.bytes = std::stod(x);
    std::getline(s, x, ',');
    f.start = x.empty() ? 0 : std::stod(x);
    flows.push_back(f);
  }
  std::vector<double> done(flows.size(), -1);
  auto t1 = std::chrono::steady_clock::now();
  sg::Actor::create("root", e.get_all_hosts()[0], [&] {
    std::vector<size_t> order(flows.size());
    for (size_t i = 0; i < order.size(); i++) order[i] = i;
    std::stable_sort(order.begin(), order.end(),
                     [&](size_t a, size_t b) { return flows[a].start < flows[b].start; });
    std::vector<sg::CommPtr> live;
    for (size_t k : order) {
      if (flows[k].start > sg::Engine::get_clock()) sg::this_actor::sleep_until(flows[k].start);
      auto c = sg::Comm::sendto_init(sg::Host::by_name(flows[k].a), sg::Host::by_name(flows[k].b));
      c->set_payload_size((uint64_t)flows[k].bytes);
      c->start();
      live.push_back(c);
    }
    for (auto& c : live) c->wait();
    for (size_t i = 0; i < live.size(); i++) done[order[i]] = live[i]->get_finish_time();
  });
  e.run();
  auto t2 = std::chrono::steady_clock::now();
  for (double d : done) printf("%.12g\n", d);
  fprintf(stderr, "makespan %.12g load %.3f run %.3f\n", sg::Engine::get_clock(),
          std::chrono::duration<double>(t1 - t0).count(), std::chrono::duration<double>(t2 - t1).count());
}

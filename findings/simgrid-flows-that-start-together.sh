#!/usr/bin/env bash
# SimGrid 3.32 (Debian 12): two flows over one link at more than its bandwidth, depending on the order of two others.
#
# d sends 2 GB to b over a private link and `second`; at 0.1 s a sends 0.5 GB to b over `first` and `second`, and 0.5 GB to
# c over `first` alone. From 0.102 s on d->b and a->b share `second` (1 GB/s), so d->b must end late: at 2.627 s (model
# CM02, acknowledgements as by default). That is what comes out when a->b is started before a->c. With a->c first d->b ends
# at 2.102 s, as if nobody else were on `second`, which then carries 1.5 GB/s for a second.
#
# A good engineer expects the same answer for the same flows. Seen: activating a flow marks only its first link for
# re-solving, and when that is marked already (a->c came first, at the same instant) the flow's other links are left out.
# Exits with 1 when that is no longer so, with 2 when it could not be tried.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
packages="libsimgrid-dev=3.32-2+b2 libsimgrid3.32=3.32-2+b2 libns3.37 libboost-context1.74.0 libboost-stacktrace1.74.0 libboost-dev
  libboost1.74-dev libgsl27 libgslcblas0 libgfortran5"
# shellcheck disable=SC2086
apt-get download $packages >/dev/null 2>&1 || { echo "the packages of Debian 12 are not to be had"; exit 2; }
for p in *.deb; do dpkg -x "$p" root; done
library=$folder/root/usr/lib/x86_64-linux-gnu
cat >platform.xml <<'XML'
<?xml version="1.0"?>
<!DOCTYPE platform SYSTEM "https://simgrid.org/simgrid.dtd">
<platform version="4.1">
<zone id="z" routing="Full">
<host id="a" speed="1Gf"/><host id="b" speed="1Gf"/><host id="c" speed="1Gf"/><host id="d" speed="1Gf"/>
<link id="first" bandwidth="1GBps" latency="2ms"/><link id="second" bandwidth="1GBps" latency="0"/>
<link id="own" bandwidth="9GBps" latency="2ms"/>
<route src="a" dst="b"><link_ctn id="first"/><link_ctn id="second"/></route>
<route src="a" dst="c"><link_ctn id="first"/></route>
<route src="d" dst="b"><link_ctn id="own"/><link_ctn id="second"/></route>
</zone></platform>
XML
cat >flows.cpp <<'CPP'
#include <cstdio>
#include <cstring>
#include <simgrid/s4u.hpp>
namespace sg = simgrid::s4u;
int main(int argc, char** argv) {
  sg::Engine e(&argc, argv);
  e.load_platform("platform.xml");
  const bool c_first = std::strcmp(argv[1], "c-first") == 0;
  const auto send = [](const char* from, const char* to, double bytes) {
    auto comm = sg::Comm::sendto_init(sg::Host::by_name(from), sg::Host::by_name(to));
    comm->set_payload_size(static_cast<uint64_t>(bytes));
    comm->start();
    return comm;
  };
  sg::Actor::create("root", sg::Host::by_name("a"), [&] {
    auto watched = send("d", "b", 2e9);
    sg::this_actor::sleep_until(0.1);
    auto x = c_first ? send("a", "c", 5e8) : send("a", "b", 5e8);
    auto y = c_first ? send("a", "b", 5e8) : send("a", "c", 5e8);
    for (auto& comm : {x, y, watched}) comm->wait();
    std::printf("%.3f\n", watched->get_finish_time());
  });
  e.run();
}
CPP
g++ -std=c++17 -O1 flows.cpp -I root/usr/include -L "$library" -Wl,-rpath-link,"$library" -lsimgrid -o flows || exit 2
export LD_LIBRARY_PATH=$library
b_first=$(./flows b-first --cfg=network/model:CM02 --log=root.thres:critical)
c_first=$(./flows c-first --cfg=network/model:CM02 --log=root.thres:critical)
echo "SimGrid 3.32: d->b ends at $b_first s when a->b is started first, at $c_first s when a->c is (expected: 2.627 s both times)"
[ "$b_first" = 2.627 ] && [ "$c_first" = 2.102 ]

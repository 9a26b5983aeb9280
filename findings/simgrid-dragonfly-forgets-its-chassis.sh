#!/usr/bin/env bash
# SimGrid 3.32 (Debian 12): ways inside a group of a DRAGONFLY cluster take a wrong link, or leave out a needed one.
#
# Groups of 3 chassis of 3 blades with one host each: hosts 3 and 4 are blades 0 and 1 of the same chassis 1 of group 0, two
# neighbors on the chassis' own (green) links, so a good engineer expects 3 links: host, green, host. Seen: 4, with a black link
# from chassis 0 to chassis 1. And host 7 (chassis 2, blade 1) to host 2 (chassis 0, blade 2) should need green and black,
# 4 links; seen: 3, no black link at all, though the hosts are in different chassis. After a green hop the router
# is looked up as if it were in chassis 0. Exits with 1 when that is no longer so, with 2 when it could not be tried.
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
<cluster id="c" prefix="h" suffix="" radical="0-26" speed="1Gf" bw="1GBps" lat="1us" topology="DRAGONFLY"
 topo_parameters="3,1;3,1;3,1;1"/>
</platform>
XML
cat >ways.cpp <<'CPP'
#include <cstdio>
#include <simgrid/s4u.hpp>
namespace sg = simgrid::s4u;
int main(int argc, char** argv) {
  sg::Engine e(&argc, argv);
  e.load_platform("platform.xml");
  e.seal_platform();
  for (const auto& [a, b] : {std::pair{"h3", "h4"}, std::pair{"h7", "h2"}}) {
    std::vector<sg::Link*> links;
    double latency = 0;
    sg::Host::by_name(a)->route_to(sg::Host::by_name(b), links, &latency);
    std::printf("%s->%s %zu:", a, b, links.size());
    for (const auto* l : links) std::printf(" %s", l->get_cname());
    std::printf("\n");
  }
}
CPP
g++ -std=c++17 -O1 ways.cpp -I root/usr/include -L "$library" -Wl,-rpath-link,"$library" -lsimgrid -o ways || exit 2
LD_LIBRARY_PATH=$library ./ways --log=root.thres:critical | tee out
grep -q '^h3->h4 4:.*black_link' out && grep -q '^h7->h2 3:' out && ! grep -q '^h7->h2.*black' out

// What NCCL itself chooses: its own search for channels and its own tuning model, linked from its sources, on a node given as
// an XML file (NCCL_TOPO_FILE's format). Written against NCCL 2.30.7; built and run by tuner_table.py.
//
//   tuner_table NODE.xml NODES COLLNET    prints collective,bytes,algorithm,protocol,channel limit,time_us
//
// What stands around the two in NCCL (parameters from the environment, its log, bus numbers, CPU masks) is replaced by the
// few functions below; symbols that are never reached stay undefined.

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "comm.h"
#include "core.h"
#include "graph.h"
#include "topo.h"
#include "xml.h"

const char* ncclGetEnv(const char* name) { return getenv(name); }
int64_t ncclLoadParam(const char* name, int64_t otherwise, int64_t, int64_t* cache, int8_t*) {
  const char* set = getenv(name);
  return *cache = set ? atoll(set) : otherwise;
}
thread_local int ncclDebugNoWarn = 0;
int ncclDebugLevel = 1;
uint64_t ncclDebugMask = 0;
void ncclDebugLogInternal(ncclDebugLogLevel, unsigned long, const char*, const char*, int, const char*, ...) {}
ncclResult_t busIdToInt64(const char* bus, int64_t* id) {
  std::string digits;
  for (; *bus; ++bus)
    if (isxdigit(*bus)) digits += *bus;
  *id = strtoll(digits.c_str(), nullptr, 16);
  return ncclSuccess;
}
ncclResult_t int64ToBusId(int64_t id, char* bus) {
  sprintf(bus, "%04lx:%02lx:%02lx.%01lx", id >> 20, (id & 0xff000) >> 12, (id & 0xff0) >> 4, id & 0xf);
  return ncclSuccess;
}
uint64_t getHostHash() { return 0; }
void ncclOsCpuZero(ncclAffinity&) {}
void ncclOsCpuSet(ncclAffinity&, int) {}
int ncclOsCpuCount(const ncclAffinity&) { return 1; }
ncclAffinity ncclOsCpuAnd(const ncclAffinity& a, const ncclAffinity&) { return a; }
bool ncclOsCpuIsSet(const ncclAffinity&, int) { return true; }
const char* ncclAlgoStr[] = {"tree", "ring", "collnet-direct", "collnet-chain", "nvls", "nvls-tree", "pat"};
const char* ncclProtoStr[] = {"LL", "LL128", "Simple"};
const char* ncclFuncStr[] = {"broadcast", "reduce", "all-gather", "reduce-scatter", "all-reduce"};

namespace {

ncclTopoGraph* graph(int id, int pattern, int collnet, int least, int most) {
  auto* g = static_cast<ncclTopoGraph*>(calloc(1, sizeof(ncclTopoGraph)));
  g->id = id;
  g->pattern = pattern;
  g->collNet = collnet;
  g->minChannels = least;
  g->maxChannels = most;
  return g;
}

// As ncclGetAlgoInfo leaves out what a group cannot do.
bool usable(const ncclComm* comm, int function, int algorithm) {
  const bool collnet = comm->config.collnetEnable, direct = algorithm == NCCL_ALGO_COLLNET_DIRECT;
  if ((direct || algorithm == NCCL_ALGO_COLLNET_CHAIN) && (!collnet || comm->maxLocalRanks > NCCL_MAX_DIRECT_ARITY + 1))
    return false;
  if (algorithm != NCCL_ALGO_NVLS && algorithm != NCCL_ALGO_NVLS_TREE) return true;
  if (!comm->nvlsSupport || (function != ncclFuncAllReduce && comm->localRanks > NCCL_MAX_NVLS_ARITY)) return false;
  return algorithm == NCCL_ALGO_NVLS_TREE || collnet || comm->nNodes == 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 1;
  setenv("NCCL_IGNORE_DISABLED_P2P", "2", 1);
  const int nodes = atoi(argv[2]), collnet = atoi(argv[3]);
  ncclXml* xml;
  ncclTopoSystem* system;
  if (xmlAlloc(&xml, 1 << 14) || ncclTopoGetXmlFromFile(argv[1], xml, 1) ||
      ncclTopoGetSystemFromXml(xml, &system, 0) || ncclTopoComputePaths(system, nullptr))
    return 2;
  system->inter = nodes > 1;
  ncclTopoSearchInit(system);
  auto* comm = static_cast<ncclComm*>(calloc(1, sizeof(ncclComm)));
  const int gpus = system->nodes[GPU].count;
  comm->topo = system;
  comm->nNodes = nodes;
  comm->nRanks = nodes * gpus;
  comm->localRanks = comm->maxLocalRanks = comm->minLocalRanks = gpus;
  comm->rank = 1;  // the first one prints tables
  ncclTopoComputeCommCPU(comm);
  int least, most;
  ncclTopoGetCompCap(system, &least, &most);
  comm->minCompCap = comm->compCap = least;
  comm->nvlsSupport = least >= 90 && system->nodes[NVS].count > 0 && gpus > 1;
  comm->config.collnetEnable = collnet;
  ncclTopoInitTunerConstants(comm);
  auto* ring = graph(0, NCCL_TOPO_PATTERN_RING, 0, 1, MAXCHANNELS / 2);
  ncclTopoCompute(system, ring);
  auto* tree = graph(1, NCCL_TOPO_PATTERN_BALANCED_TREE, 0, ring->nChannels, ring->nChannels);
  ncclTopoCompute(system, tree);
  auto* chain = graph(2, NCCL_TOPO_PATTERN_TREE, 1, ring->nChannels, ring->nChannels);
  auto* direct = graph(4, NCCL_TOPO_PATTERN_COLLNET_DIRECT, 1, 1, MAXCHANNELS);
  if (collnet) ncclTopoCompute(system, chain), ncclTopoCompute(system, direct);
  auto* nvls = graph(3, NCCL_TOPO_PATTERN_NVLS, 0, 1, MAXCHANNELS);
  if (comm->nvlsSupport) ncclTopoCompute(system, nvls);
  if (nvls->nChannels == 0) comm->nvlsSupport = 0;
  if (chain->nChannels == 0) comm->config.collnetEnable = 0;
  for (auto* g : {ring, tree, nvls})
    fprintf(stderr, "channels %d of %d, %g inside, %g across, %d/%d\n", g->pattern, g->nChannels, g->bwIntra, g->bwInter,
            g->typeIntra, g->typeInter);
  comm->maxTreePattern = tree->pattern;
  tree->nChannels = ring->nChannels = std::min(tree->nChannels, ring->nChannels);
  // As ncclTopoPostset counts them.
  int channels = std::min(MAXCHANNELS, 2 * ring->nChannels);
  if (collnet && chain->bwIntra > chain->bwInter && gpus > 1) channels = std::min(MAXCHANNELS, channels + channels / 2);
  if (least >= 90 && nodes > 1 && ring->bwIntra > 45 && channels < 16) channels *= 2;
  comm->nChannels = channels;
  ncclTopoGraph* graphs[] = {tree, ring, direct, chain, nvls, nvls, tree};
  ncclTopoTuneModel(comm, least, most, graphs);
  for (const int f : {int(ncclFuncAllReduce), int(ncclFuncAllGather), int(ncclFuncReduceScatter), int(ncclFuncBroadcast)}) {
    const bool gathers = f == ncclFuncAllGather || f == ncclFuncReduceScatter;
    if (collnet && gathers) continue;  // depends on the network's plugin
    for (int power = 10; power <= 34; power += 4) {
      const size_t bytes = size_t(1) << power;
      float best = 1e30f;
      int algorithm = -1, protocol = -1;
      for (int a = 0; a < NCCL_NUM_ALGORITHMS; ++a)
        for (int p = 0; p < NCCL_NUM_PROTOCOLS && usable(comm, f, a); ++p) {
          float time;
          ncclTopoGetAlgoTime(comm, f, a, p, bytes, 1, &time);
          if (time >= 0 && time < best) best = time, algorithm = a, protocol = p;
        }
      if (algorithm < 0) continue;
      int limit = channels;
      const size_t threads = comm->maxThreads[algorithm][protocol], each = comm->threadThresholds[algorithm][protocol];
      if (algorithm == NCCL_ALGO_RING || algorithm == NCCL_ALGO_TREE || algorithm == NCCL_ALGO_PAT)
        while (limit >= 2 && bytes < limit * threads * each) --limit;
      else
        limit = 0;  // counted elsewhere
      printf("%s,%zu,%s,%s,%d,%.9g\n", ncclFuncStr[f], bytes, ncclAlgoStr[algorithm], ncclProtoStr[protocol], limit, best);
    }
  }
}

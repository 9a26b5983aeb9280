declare module "virtual:atlas/states" {
  const topology: import("topojson-specification").Topology;
  export default topology;
}
declare module "virtual:atlas/land" {
  const topology: import("topojson-specification").Topology;
  export default topology;
}

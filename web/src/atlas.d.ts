declare module "virtual:atlas/states" {
  const outline: import("../tools/atlas").Outline;
  export default outline;
}
declare module "virtual:atlas/land" {
  const outline: import("../tools/atlas").Outline;
  export default outline;
}

import CProcessor

/// Runs `body` with denormal numbers taken for zero on this thread, as every OpenCL program here is built to.
///
/// Moments and gradients decay into denormal numbers as a network fits its data, and some processors take twenty times
/// as long for those. Threads that `body` creates keep the mode.
func flushingDenormals<Result>(_ body: () throws -> Result) rethrows -> Result {
  let mode = whittle_flush_denormals()
  defer { whittle_restore_float_mode(mode) }
  return try body()
}

extension ComputeDevice {
  /// Whether this is Intel's runtime for CPUs.
  private var isIntelRuntime: Bool { kind == .cpu && platformName == "Intel(R) OpenCL" }

  /// Options that tell kernels what the device's compiler does not say of itself; empty for most.
  ///
  /// Intel's compiler for CPUs gives out that it makes SPIR, as those of GPUs do, but takes the builtin for prefetches and makes
  /// the processor's instructions of it (`SOON` in common.cl). OpenCL's `prefetch` is slower there than none.
  var compilerOptions: String { isIntelRuntime ? "-DTAKES_PREFETCH_BUILTIN" : "" }

  /// Whether the driver compiles at each start what it compiled before: half a minute, with Intel's runtime. Others keep programs.
  var forgetsPrograms: Bool { isIntelRuntime }
}

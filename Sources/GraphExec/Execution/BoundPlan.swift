import Device

/// A plan's launches with their arguments bound: to a model's buffers and to one data set.
final class BoundPlan {
  let plan: Plan
  let set: OpenCLSet
  let kernels: [BoundKernel]
  let beginEpoch: BoundKernel
  let state: DeviceBuffer

  init(_ plan: Plan, set: OpenCLSet, buffers: [String: DeviceBuffer], in context: ComputeContext) throws {
    guard let state = buffers["state"] else { preconditionFailure("a plan without a state") }
    self.plan = plan
    self.set = set
    self.state = state
    kernels = try plan.launches.map {
      try BoundKernel($0, buffers: buffers, imageCount: set.count, in: context)
    }
    beginEpoch = try BoundKernel(
      context, file: "step.cl", name: "begin_epoch", options: "", arguments: [.buffer(state)],
      geometry: LaunchGeometry(1, local: 1))
  }
}

extension Launch {
  /// The buffers that it reads or writes.
  var bufferNames: [String] {
    arguments.compactMap { if case .buffer(let name) = $0 { name } else { nil } }
  }
}

extension BoundKernel {
  /// Binds a launch to the buffers that it names.
  convenience init(
    _ launch: Launch, buffers: [String: DeviceBuffer], imageCount: Int = 0, in context: ComputeContext
  ) throws {
    let arguments: [KernelArgument] = launch.arguments.map { argument in
      switch argument {
      case .buffer(let name):
        guard let buffer = buffers[name] else { preconditionFailure("\(launch.label): no buffer \(name)") }
        return .buffer(buffer)
      case .int(let value): return .int(value)
      case .float(let value): return .float(value)
      case .imageCount: return .int(imageCount)
      }
    }
    try self.init(
      context, file: launch.file, name: launch.kernel, options: launch.options, arguments: arguments,
      geometry: launch.geometry)
  }
}

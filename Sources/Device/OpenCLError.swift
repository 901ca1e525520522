import COpenCL

/// An OpenCL call that failed: the call, the code's name, and what helps against it where something does.
public struct OpenCLError: Error, Equatable, CustomStringConvertible {
  /// The function that failed, and on what (`clEnqueueNDRangeKernel(matmul_forward)`).
  public let call: String
  /// The raw code: several codes mean the same in practice, so it is kept.
  public let code: Int32

  /// Creates the error of one failed call.
  public init(call: String, code: Int32) {
    self.call = call
    self.code = code
  }

  /// The constant's name in cl.h without its `CL_`, or the number for a code that cl.h does not define.
  public var name: String { Self.names[code] ?? "error" }

  /// Whether the call hands out memory: some drivers do so when a buffer is first used.
  private var isAllocation: Bool {
    ["clCreateBuffer", "clEnqueueWriteBuffer", "clEnqueueFillBuffer", "clEnqueueCopyBuffer"].contains {
      call.hasPrefix($0)
    }
  }

  /// What the person can do, or nil where nothing general helps.
  public var remedy: String? {
    switch code {
    case -1, -1001:
      return "install an OpenCL driver (Debian: pocl-opencl-icd), or run with --device cpu"
    // Drivers give the last two for much else than memory, unless memory was asked for.
    case -4,
      -5 where isAllocation, -6 where isAllocation:
      return "the device or host is out of memory: lower training.batch_size or execution.concurrent_models"
    case -3:
      return "the driver has no compiler: install its full package"
    case -54, -55, -53:
      return "the device does not take this work-group size: run whittle verify to see which tiles fit"
    default:
      return nil
    }
  }

  /// `call failed: NAME (code); remedy`.
  public var description: String {
    "\(call) failed: \(name) (\(code))" + (remedy.map { "; \($0)" } ?? "")
  }

  static let names: [Int32: String] = [
    -1: "DEVICE_NOT_FOUND", -2: "DEVICE_NOT_AVAILABLE", -3: "COMPILER_NOT_AVAILABLE",
    -4: "MEM_OBJECT_ALLOCATION_FAILURE", -5: "OUT_OF_RESOURCES", -6: "OUT_OF_HOST_MEMORY",
    -7: "PROFILING_INFO_NOT_AVAILABLE", -8: "MEM_COPY_OVERLAP", -9: "IMAGE_FORMAT_MISMATCH",
    -10: "IMAGE_FORMAT_NOT_SUPPORTED", -11: "BUILD_PROGRAM_FAILURE", -12: "MAP_FAILURE",
    -13: "MISALIGNED_SUB_BUFFER_OFFSET", -14: "EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST",
    -15: "COMPILE_PROGRAM_FAILURE", -16: "LINKER_NOT_AVAILABLE", -17: "LINK_PROGRAM_FAILURE",
    -18: "DEVICE_PARTITION_FAILED", -19: "KERNEL_ARG_INFO_NOT_AVAILABLE",
    -30: "INVALID_VALUE", -31: "INVALID_DEVICE_TYPE", -32: "INVALID_PLATFORM", -33: "INVALID_DEVICE",
    -34: "INVALID_CONTEXT", -35: "INVALID_QUEUE_PROPERTIES", -36: "INVALID_COMMAND_QUEUE",
    -37: "INVALID_HOST_PTR", -38: "INVALID_MEM_OBJECT", -39: "INVALID_IMAGE_FORMAT_DESCRIPTOR",
    -40: "INVALID_IMAGE_SIZE", -41: "INVALID_SAMPLER", -42: "INVALID_BINARY", -43: "INVALID_BUILD_OPTIONS",
    -44: "INVALID_PROGRAM", -45: "INVALID_PROGRAM_EXECUTABLE", -46: "INVALID_KERNEL_NAME",
    -47: "INVALID_KERNEL_DEFINITION", -48: "INVALID_KERNEL", -49: "INVALID_ARG_INDEX",
    -50: "INVALID_ARG_VALUE", -51: "INVALID_ARG_SIZE", -52: "INVALID_KERNEL_ARGS",
    -53: "INVALID_WORK_DIMENSION", -54: "INVALID_WORK_GROUP_SIZE", -55: "INVALID_WORK_ITEM_SIZE",
    -56: "INVALID_GLOBAL_OFFSET", -57: "INVALID_EVENT_WAIT_LIST", -58: "INVALID_EVENT",
    -59: "INVALID_OPERATION", -60: "INVALID_GL_OBJECT", -61: "INVALID_BUFFER_SIZE",
    -62: "INVALID_MIP_LEVEL", -63: "INVALID_GLOBAL_WORK_SIZE", -64: "INVALID_PROPERTY",
    -65: "INVALID_IMAGE_DESCRIPTOR", -66: "INVALID_COMPILER_OPTIONS", -67: "INVALID_LINKER_OPTIONS",
    -68: "INVALID_DEVICE_PARTITION_COUNT", -1001: "PLATFORM_NOT_FOUND_KHR",
  ]
}

/// Throws the `OpenCLError` of `call` unless `code` says success.
func check(_ code: Int32, _ call: @autoclosure () -> String) throws {
  if code != CL_SUCCESS { throw OpenCLError(call: call(), code: code) }
}

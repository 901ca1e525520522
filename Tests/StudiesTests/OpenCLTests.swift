import Backends

/// The backend of the OpenCL device that tests run on, opened once for all of them.
enum OpenCLTests {
  static let backend = Result { try BackendChoice.open("opencl") }
}

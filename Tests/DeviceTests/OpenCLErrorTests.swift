import Device
import Testing

/// Errors name the call, the code, and the remedy where there is one.
@Suite struct OpenCLErrorTests {
  @Test("a code's name, its number, and the call")
  func names() {
    #expect(
      OpenCLError(call: "clCreateKernel(step.cl: begin_step)", code: -46).description
        == "clCreateKernel(step.cl: begin_step) failed: INVALID_KERNEL_NAME (-46)")
    #expect(OpenCLError(call: "clFinish", code: -9999).description == "clFinish failed: error (-9999)")
    for code in -68...(-30) { #expect(OpenCLError(call: "x", code: Int32(code)).name != "error") }
    for code in -19...(-1) { #expect(OpenCLError(call: "x", code: Int32(code)).name != "error") }
  }

  @Test("codes that mean out of memory say what to lower", arguments: [-4, -5, -6])
  func memory(code: Int) {
    let error = OpenCLError(call: "clCreateBuffer(W0, 4 bytes)", code: Int32(code))
    #expect(error.remedy?.contains("out of memory") == true)
    #expect(error.description.contains("(\(code))"))
  }

  @Test(
    "where no memory is asked for, the same codes say nothing of it",
    arguments: ["clCreateContext(a device)", "clEnqueueNDRangeKernel(loss)", "clCreateKernel(step.cl)"],
    [-5, -6])
  func otherCauses(call: String, code: Int) {
    #expect(OpenCLError(call: call, code: Int32(code)).remedy == nil)
  }

  @Test("no driver, no compiler, no room for a work-group: each has its remedy")
  func remedies() {
    #expect(OpenCLError(call: "", code: -1001).remedy?.contains("pocl-opencl-icd") == true)
    #expect(OpenCLError(call: "", code: -3).remedy?.contains("no compiler") == true)
    #expect(OpenCLError(call: "", code: -54).remedy?.contains("whittle verify") == true)
    #expect(OpenCLError(call: "", code: -30).remedy == nil)
  }
}

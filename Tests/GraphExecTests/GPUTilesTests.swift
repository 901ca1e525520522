import Device
import GraphExec
import Testing

/// The tiles of the kernels for GPUs fit the device and cover the result; no GPU is needed to see that.
@Suite struct GPUTilesTests {
  private static let every = GPUTiles.all + [.smallest]

  @Test(
    "only tiles that work-groups and local memory allow are chosen from, and the smallest where there are none"
  )
  func fitting() {
    func choose(_ items: Int, _ bytes: Int) -> [GPUTiles] {
      GPUTileSet.choose(maxWorkGroup: items, localMemory: bytes, units: 4).all
    }
    #expect(choose(1024, 48 << 10) == GPUTiles.all)
    let few = choose(128, 48 << 10)
    #expect(!few.isEmpty && few.allSatisfy { $0.groupSize <= 128 })
    let little = choose(1024, 10 << 10)
    #expect(!little.isEmpty && little.allSatisfy { $0.localBytes <= 10 << 10 })
    #expect(choose(1024, 1 << 10) == [.smallest])
    #expect(GPUTiles.smallest.groupSize == 64 && GPUTiles.smallest.localBytes == 2304)
  }

  @Test(
    "few rows take low tiles, few tiles small ones, and large products large ones",
    arguments: [(16, 131_072, 16, 64), (32, 32768, 32, 64), (1000, 256, 32, 64), (4096, 4096, 128, 128)]
      as [(rows: Int, columns: Int, tileM: Int, tileN: Int)])
  func choice(_ product: (rows: Int, columns: Int, tileM: Int, tileN: Int)) {
    let set = GPUTileSet.choose(maxWorkGroup: 1024, localMemory: 48 << 10, units: 132)
    let tiles = set.tiles(rows: product.rows, columns: product.columns)
    #expect((tiles.tileM, tiles.tileN) == (product.tileM, product.tileN))
  }

  @Test(
    "a convolution's weight gradient has parts for every unit of a wide GPU, of whole lines or many images",
    arguments: [Shape(16, 32, 32), Shape(64, 8, 8), Shape(3, 1, 1)])
  func gradientBlocks(output: Shape) {
    let (rows, columns, stride) = (9 * output.channels, roundUp(output.channels, to: 16), 128)
    let (lines, images) = GPUTileSet.gradientBlock(
      rows: rows, columns: columns, output: output, stride: stride)
    #expect((1...output.height).contains(lines) && images <= stride && images % 16 == 0)
    let parts = (output.height + lines - 1) / lines * ((stride + images - 1) / images)
    let groups = parts * ((rows + 63) / 64) * ((columns + 63) / 64)
    // So many that no unit waits, but each adds up some hundred products.
    #expect(groups >= 132 || output.pixels * stride <= 256 * 132)
    #expect(parts == 1 || lines * output.width * images >= 128)
  }

  @Test("a tile is what its kernels can be built for", arguments: every)
  func constraints(tiles: GPUTiles) {
    // As matmul_gpu.cl demands with #error.
    let (m, n, k, vector) = (tiles.tileM, tiles.tileN, tiles.tileK, tiles.vector)
    #expect(m % tiles.threadM == 0 && n % tiles.threadN == 0)
    #expect(tiles.threadM % vector == 0 && tiles.threadN % vector == 0 && k % vector == 0)
    #expect(m * k % (vector * tiles.groupSize) == 0 && n * k % (vector * tiles.groupSize) == 0)
    // Panels of both operands, twice, with a vector of padding a row.
    #expect(tiles.localBytes == 2 * 4 * k * (m + vector + n + vector))
  }

  @Test(
    "a launch covers the result with whole groups, and no group lies outside", arguments: every,
    [(1, 1, 16), (65, 130, 256), (784, 1000, 256)] as [(inputs: Int, outputs: Int, stride: Int)])
  func coverage(tiles: GPUTiles, size: (inputs: Int, outputs: Int, stride: Int)) {
    let ldw = leadingDimension(size.outputs)
    let results: [(MatmulPass, rows: Int, columns: Int)] = [
      (.forward, size.outputs, size.stride), (.inputGradient, size.inputs, size.stride),
      (.weightGradient, size.inputs, ldw),
    ]
    for (pass, rows, columns) in results {
      let geometry = KernelConfig.gpu(GPUTileSet(tiles)).matmul(
        pass, inputs: size.inputs, outputs: size.outputs, stride: size.stride
      ).geometry
      #expect(geometry.local[0] * geometry.local[1] == tiles.groupSize)
      let (down, across) = (roundUp(rows, to: tiles.tileM), roundUp(columns, to: tiles.tileN))
      let groups = geometry.global[0] / geometry.local[0] * (geometry.global[1] / geometry.local[1])
      #expect(groups == down / tiles.tileM * (across / tiles.tileN), "\(pass)")
    }
  }

  @Test("every macro of the tiles is handed to the compiler")
  func options() {
    let tiles = GPUTiles(tileM: 128, tileN: 64, tileK: 8, threadM: 8, threadN: 4, vector: 2)
    #expect(
      KernelConfig.gpu(GPUTileSet(tiles)).matmul(.forward, inputs: 7, outputs: 7, stride: 16).options
        == "-DTILE_M=128 -DTILE_N=64 -DTILE_K=8 -DTHREAD_M=8 -DTHREAD_N=4 -DVECTOR=2")
  }
}

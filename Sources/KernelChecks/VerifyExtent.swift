import GraphExec

/// How much a verification tries.
struct VerifyExtent {
  /// Sizes of the dense matmuls.
  var matmuls: [MatmulShape]
  /// Sizes of the sparse products, with the share of the entries that survives.
  var sparse: [(shape: MatmulShape, density: Double)]
  /// The same of those whose entries survive in blocks.
  var sparseBlocks: [(shape: MatmulShape, density: Double, blocks: SparseBlocks)]
  /// Sizes of convolutions.
  var convolutions: [ConvolutionShape]
  /// More of them, in which a work-group of a CPU takes several blocks of lines, rows or images.
  var blockedConvolutions: [ConvolutionShape]
  /// Sizes of convolutions over surviving entries, with the share of these.
  var sparseConvolutions: [(shape: ConvolutionShape, density: Double)]
  /// Images of blocks that networks are run in.
  var blocks: [Int]
  /// Steps of networks of two layers: the first one's size, and classes.
  var trainings: [(shape: MatmulShape, classes: Int)]
  /// Layouts of images, and batch sizes.
  var gathers: [(layout: TensorLayout, batch: Int)]
  /// Layouts of as many values, and batch sizes.
  var copies: [(from: TensorLayout, to: TensorLayout, batch: Int)]
  /// Windows of poolings, shapes and batch sizes.
  var pools: [(window: PoolWindow, shape: Shape, batch: Int)]
  /// Shapes, batch sizes, and images of a batch.
  var channels: [(shape: Shape, batch: Int, images: Int)]
  /// Classes and batch sizes.
  var losses: [(classes: Int, batch: Int)]
  var lossSpecials: [LossVerification.Special]
  /// Entries of the elementwise kernels.
  var elements: [Int]
  /// Sizes of matrices that are pruned.
  var masks: [(inputs: Int, outputs: Int)]
  /// Units of groups that are pruned.
  var groups: [Int]
  /// Inputs of a group of which some stay, such groups (an even number), and outputs.
  var inputGroups: [(size: Int, groups: Int, outputs: Int)]
  /// Sizes of matrices that are pruned by every criterion.
  var criteria: [(inputs: Int, outputs: Int)]
  /// Sizes of matrices that are ranked together.
  var together: [(inputs: Int, outputs: Int)]
  /// Sizes of sparse weights whose topology changes, with the share of their entries.
  var topologies: [(inputs: Int, outputs: Int, density: Double)]
  /// Whether matrices are pruned to many counts, from none to all, and convolutions tried with borders of several widths and
  /// every pair of store steps.
  var isThorough: Bool

  /// Sizes at and around those of vectors and tiles.
  private static let sizes = [1, 7, 32, 33, 64, 93]

  /// Every pair of sizes in every two of the three places, the cubes, and the layers of the challenge's network with a
  /// full and with a smaller last batch.
  static var full: VerifyExtent {
    let pairs = sizes.indices.flatMap { i in
      sizes.indices.map { j in MatmulShape(sizes[i], sizes[j], sizes[(i + j) % sizes.count]) }
    }
    let layers = [784, 1000, 1000, 500, 200, 10]
    let real = zip(layers, layers.dropFirst()).flatMap { inputs, outputs in
      [MatmulShape(inputs, outputs, 256), MatmulShape(inputs, outputs, 256, images: 96)]
    }
    return VerifyExtent(
      matmuls: pairs + sizes.map { MatmulShape($0, $0, $0) } + real,
      // Rows with many entries, few and none; a batch that does not fit the registers; real layers.
      sparse: [
        (MatmulShape(7, 33, 33), 0.5), (MatmulShape(93, 64, 33, images: 20), 0.3),
        (MatmulShape(33, 1, 33), 0.04), (MatmulShape(33, 18, 93), 0.3), (MatmulShape(64, 93, 300), 0.2),
        (MatmulShape(240, 19, 70), 0.4),
        (MatmulShape(1000, 500, 256), 0.1), (MatmulShape(784, 1000, 256, images: 96), 0.02),
      ],
      // The last ones smaller; a row of blocks, a column of them; more rows than a work-group takes; a real layer.
      sparseBlocks: [
        (7, 33, 33, 33, 0.5, 2, 8), (93, 64, 33, 20, 0.4, 4, 4), (33, 18, 93, 93, 0.4, 8, 2),
        (33, 1, 33, 33, 0.5, 4, 8), (5, 93, 300, 300, 0.3, 8, 4), (530, 11, 300, 290, 0.2, 2, 4),
        (64, 64, 256, 256, 0.3, 1, 8), (1000, 500, 256, 96, 0.1, 4, 2),
      ].map {
        (MatmulShape($0, $1, $2, images: $3), $4, SparseBlocks(inputs: $5, outputs: $6))
      },
      // Odd sizes, steps, paddings and batches; a real layer.
      convolutions: [
        ConvolutionShape(Shape(3, 7, 6), Conv2D(outputs: 5, kernel: 3, padding: 1), batch: 33, images: 20),
        ConvolutionShape(Shape(2, 9, 8), Conv2D(outputs: 17, kernel: 3, stride: 2, padding: 1), batch: 16),
        ConvolutionShape(Shape(9, 5, 5), Conv2D(outputs: 12, kernel: 1, stride: 2), batch: 7),
        ConvolutionShape(Shape(1, 12, 12), Conv2D(outputs: 20, kernel: 5), batch: 64, images: 50),
        ConvolutionShape(Shape(5, 8, 7), Conv2D(outputs: 3, kernel: 2, stride: 3, padding: 1), batch: 93),
        ConvolutionShape(Shape(16, 8, 8), Conv2D(outputs: 16, kernel: 3, padding: 1), batch: 128),
      ],
      blockedConvolutions: [
        // Several lines to a group; so many rows that groups share them; a batch of more than a block of images.
        ConvolutionShape(Shape(2, 33, 5), Conv2D(outputs: 4, kernel: 3, padding: 1), batch: 16),
        ConvolutionShape(Shape(130, 3, 3), Conv2D(outputs: 6, kernel: 3, padding: 1), batch: 33),
        ConvolutionShape(Shape(3, 6, 6), Conv2D(outputs: 5, kernel: 3, padding: 1), batch: 300),
      ],
      // The same, with filters and channels of many entries, few and none.
      sparseConvolutions: [
        (Shape(3, 7, 6), Conv2D(outputs: 5, kernel: 3, padding: 1), 33, 20, 0.3),
        (Shape(2, 9, 8), Conv2D(outputs: 17, kernel: 3, stride: 2, padding: 1), 16, 16, 0.2),
        (Shape(9, 5, 5), Conv2D(outputs: 12, kernel: 1, stride: 2), 7, 7, 0.4),
        (Shape(1, 12, 12), Conv2D(outputs: 20, kernel: 5), 64, 50, 0.1),
        (Shape(4, 9, 9), Conv2D(outputs: 7, kernel: 5), 16, 16, 0.3),
        (Shape(5, 8, 7), Conv2D(outputs: 3, kernel: 2, stride: 3, padding: 1), 93, 93, 0.5),
        (Shape(6, 8, 8), Conv2D(outputs: 5, kernel: 3, stride: 3, padding: 2), 16, 16, 0.02),
        (Shape(40, 3, 3), Conv2D(outputs: 40, kernel: 3, padding: 1), 33, 33, 0.8),
        (Shape(2, 33, 5), Conv2D(outputs: 4, kernel: 3, padding: 1), 16, 16, 0.3),
        (Shape(3, 6, 6), Conv2D(outputs: 5, kernel: 3, padding: 1), 300, 290, 0.3),
        (Shape(3, 4, 4), Conv2D(outputs: 2, kernel: 3, padding: 1), 16, 16, 0),
        (Shape(4, 5, 21), Conv2D(outputs: 37, kernel: 3), 16, 16, 0.4),
        (Shape(1, 3, 19), Conv2D(outputs: 4, kernel: 2), 16, 16, 0.5),
      ].map { (ConvolutionShape($0, $1, batch: $2, images: $3), $4) },
      blocks: [1, 3, 8, 16, 32, 64],
      trainings: [
        (MatmulShape(7, 33, 33), 10), (MatmulShape(93, 64, 33, images: 20), 3), (MatmulShape(64, 1, 7), 2),
        (MatmulShape(33, 93, 128, images: 100), 32), (MatmulShape(784, 300, 256, images: 96), 10),
        (MatmulShape(250, 37, 64, images: 50), 235),
      ],
      gathers: [(1, 1), (7, 33), (33, 7), (64, 93), (93, 64), (784, 256)].map {
        (TensorLayout(Shape($0.0)), $0.1)
      } + [(TensorLayout(Shape(3, 32, 32), border: 1), 33), (TensorLayout(Shape(2, 7, 5), border: 2), 64)],
      copies: [
        (TensorLayout(Shape(3, 5, 7), border: 1), TensorLayout(Shape(105)), 33),
        (TensorLayout(Shape(105)), TensorLayout(Shape(3, 5, 7), border: 2), 16),
      ],
      pools: [
        (PoolWindow(kernel: 2), Shape(3, 6, 5), 33),
        (PoolWindow(kernel: 3, stride: 2, padding: 1), Shape(2, 7, 6), 16),
        (PoolWindow(kernel: 2, stride: 3), Shape(2, 7, 8), 16),
        (PoolWindow(kernel: 4, stride: 1, padding: 2), Shape(1, 5, 5), 7),
      ],
      channels: [
        (Shape(5, 7, 6), 33, 33), (Shape(3, 5, 9), 128, 77), (Shape(40), 64, 1), (Shape(2, 32, 32), 128, 128),
        (Shape(3, 40, 40), 200, 199),
      ],
      losses: [(1, 7), (2, 1), (10, 33), (33, 93), (10, 256), (10, 1500)],
      lossSpecials: LossVerification.Special.allCases, elements: [1, 7, 64, 93 * 64, 100_000],
      masks: [
        (1, 1), (1, 93), (93, 1), (7, 33), (33, 7), (32, 32), (64, 93), (93, 64), (784, 1000), (500, 200),
      ], groups: [1, 7, 33, 64, 93], inputGroups: [(4, 6, 33), (2, 20, 16), (8, 2, 5)],
      criteria: [(1, 93), (33, 7), (64, 93)],
      together: [(33, 18), (1, 7), (93, 64), (7, 33), (64, 93)],
      // All entries and none, columns without any, more rows and columns than are taken at a time.
      topologies: [
        (7, 33, 0.5), (33, 7, 1), (93, 64, 0.1), (64, 93, 0), (200, 300, 0.02), (784, 1000, 0.05),
      ], isThorough: true)
  }

  /// One small case of each kernel, in which it takes its loops more than once and meets the edges of its tiles.
  static var quick: VerifyExtent {
    VerifyExtent(
      matmuls: [MatmulShape(33, 18, 33, images: 20)],
      sparse: [
        (MatmulShape(19, 18, 33, images: 20), 0.4), (MatmulShape(530, 3, 16), 0.05),
        (MatmulShape(230, 5, 16), 0.3),
      ],
      sparseBlocks: [(19, 18, 33, 20, 0.6, 2, 4), (21, 11, 16, 16, 0.7, 4, 8), (530, 3, 16, 16, 0.1, 8, 2)]
        .map {
          (MatmulShape($0, $1, $2, images: $3), $4, SparseBlocks(inputs: $5, outputs: $6))
        },
      // The second shares out its images, of so few lines.
      convolutions: [
        ConvolutionShape(
          Shape(5, 5, 4), Conv2D(outputs: 5, kernel: 3, stride: 2, padding: 1), batch: 17, images: 12),
        ConvolutionShape(Shape(1, 2, 10), Conv2D(outputs: 3, kernel: 2), batch: 33, images: 20),
      ],
      blockedConvolutions: [
        ConvolutionShape(Shape(2, 33, 3), Conv2D(outputs: 3, kernel: 1), batch: 16),
        ConvolutionShape(Shape(30, 2, 2), Conv2D(outputs: 2, kernel: 2), batch: 16),
      ],
      // More entries than a work-group of a GPU stages at a time, of a filter and of a channel; and none. The last ones have as
      // many pixels in a line as stay in registers for an image alone, of two panels and of one, and one more.
      sparseConvolutions: [
        (Shape(3, 5, 4), Conv2D(outputs: 5, kernel: 3, stride: 2, padding: 1), 33, 20, 0.4),
        (Shape(2, 33, 4), Conv2D(outputs: 3, kernel: 3, padding: 1), 16, 16, 0.4),
        (Shape(30, 2, 2), Conv2D(outputs: 2, kernel: 3, padding: 1), 16, 16, 0.99),
        (Shape(1, 2, 3), Conv2D(outputs: 30, kernel: 3, padding: 1), 16, 16, 0.99),
        (Shape(2, 2, 2), Conv2D(outputs: 2, kernel: 2), 16, 16, 0),
        (Shape(2, 4, 11), Conv2D(outputs: 18, kernel: 3), 16, 16, 0.4),
        (Shape(1, 3, 18), Conv2D(outputs: 4, kernel: 2), 16, 16, 0.5),
      ].map { (ConvolutionShape($0, $1, batch: $2, images: $3), $4) },
      blocks: [1, 2, 16],
      trainings: [
        (MatmulShape(19, 18, 33, images: 20), 5), (MatmulShape(19, 18, 6), 5), (MatmulShape(530, 3, 16), 118),
      ],
      gathers: [(TensorLayout(Shape(21)), 33), (TensorLayout(Shape(2, 3, 4), border: 1), 33)],
      copies: [(TensorLayout(Shape(2, 3, 4), border: 1), TensorLayout(Shape(24)), 16)],
      pools: [
        (PoolWindow(kernel: 2), Shape(1, 3, 4), 16),
        (PoolWindow(kernel: 3, stride: 2, padding: 1), Shape(1, 4, 3), 16),
      ], channels: [(Shape(2, 3, 6), 33, 20), (Shape(1, 12, 16), 64, 64)], losses: [(3, 33)],
      lossSpecials: [.ties, .smoothing], elements: [93],
      // The second has more keys than one work-group counts.
      masks: [(7, 33), (1, 4200)],
      groups: [21], inputGroups: [(4, 2, 21)], criteria: [(7, 33)], together: [(7, 18), (1, 7), (7, 33)],
      topologies: [(70, 19, 0.1)], isThorough: false)
  }
}

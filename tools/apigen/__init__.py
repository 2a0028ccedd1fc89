# SPDX-License-Identifier: Apache-2.0
"""What tools/gen_api.py is made of: model reads and checks api/, c_types, c_code and reference write."""

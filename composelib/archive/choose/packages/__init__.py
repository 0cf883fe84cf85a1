"""The packages that are chosen from: the indices of archives, and the packages in them."""

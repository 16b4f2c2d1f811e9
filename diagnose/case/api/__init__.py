"""What do the exported answers of the Alibaba Cloud APIs say?"""
